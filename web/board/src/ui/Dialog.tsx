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
  return (
    <dialog
      ref={ref}
      className="dialog"
      aria-label={title}
      data-testid={testId}
      onClose={onClose}
      onClick={(event) => event.target === ref.current && onClose()}
      // The board listens to keys on the whole page; what is typed here is not meant for it.
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
