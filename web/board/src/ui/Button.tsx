import type { ButtonHTMLAttributes } from 'react';

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: 'primary' | 'plain' | 'quiet' | 'danger';
  busy?: boolean;
}

export function Button({ kind = 'plain', busy = false, disabled, children, ...rest }: Props) {
  return (
    <button type="button" {...rest} className={`button ${kind} ${rest.className ?? ''}`} disabled={disabled || busy}>
      {busy && <span className="spinner" aria-hidden />}
      {children}
    </button>
  );
}
