import { useId, type InputHTMLAttributes } from 'react';

interface Props extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  error?: string | undefined;
  hint?: string;
}

/** A labelled input with its error beside it. */
export function Field({ label, error, hint, ...input }: Props) {
  const id = useId();
  const below = error ?? hint;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input {...input} id={id} aria-invalid={error !== undefined} aria-describedby={below ? `${id}-below` : undefined} />
      {below && (
        <span id={`${id}-below`} className={error ? 'field-error' : 'muted small'} role={error ? 'alert' : undefined}>
          {below}
        </span>
      )}
    </div>
  );
}
