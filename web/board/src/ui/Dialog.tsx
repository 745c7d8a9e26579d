import { useEffect, useRef, type ReactNode } from 'react';
import { Button } from './Button';
import { CloseIcon } from './icons';

interface Props {
  title: string;
  onClose: () => void;
  children: ReactNode;
  testId?: string;
}

/** A modal window: the browser's own, which keeps the focus inside and closes with Escape. */
export function Dialog({ title, onClose, children, testId }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => ref.current?.showModal(), []);
  useEffect(() => keepKeys(() => ref.current, onClose), [onClose]);
  return (
    <dialog
      ref={ref}
      className="dialog"
      aria-label={title}
      data-testid={testId}
      onClose={onClose}
      onClick={(event) => event.target === ref.current && onClose()}
      // What is typed into the dialog is not meant for the board, which listens on the whole page.
      onKeyDown={(event) => event.stopPropagation()}
    >
      <div className="dialog-body">
        <header>
          <h2>{title}</h2>
          <Button kind="quiet" onClick={onClose} aria-label="Close">
            <CloseIcon />
          </Button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

/** Keys pressed while the focus is nowhere (its button was disabled, say) must not reach the board behind it. */
function keepKeys(dialog: () => HTMLElement | null, onClose: () => void): () => void {
  const keyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onClose();
    else if (dialog()?.contains(event.target as Node)) return;
    event.stopImmediatePropagation();
  };
  addEventListener('keydown', keyDown, { capture: true });
  return () => removeEventListener('keydown', keyDown, { capture: true });
}
