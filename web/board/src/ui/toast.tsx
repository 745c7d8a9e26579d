import { useEffect, useState } from 'react';

interface Toast {
  id: number;
  text: string;
  tone: 'info' | 'error';
}

const SHOWN_MS = 6_000;
let listener: ((toast: Toast) => void) | null = null;
let nextId = 1;

/** Says something at the edge of the window for a few seconds. */
export function toast(text: string, tone: Toast['tone'] = 'info'): void {
  listener?.({ id: nextId++, text, tone });
}

export function ToastHost() {
  const [toasts, setToasts] = useState<Toast[]>([]);
  useEffect(() => {
    listener = (added) => {
      setToasts((shown) => [...shown.filter(({ text }) => text !== added.text), added]);
      setTimeout(() => setToasts((shown) => shown.filter(({ id }) => id !== added.id)), SHOWN_MS);
    };
    return () => {
      listener = null;
    };
  }, []);
  return (
    <div className="toasts" aria-live="polite" data-testid="toasts">
      {toasts.map(({ id, text, tone }) => (
        <div key={id} className={`toast ${tone}`}>
          {text}
        </div>
      ))}
    </div>
  );
}
