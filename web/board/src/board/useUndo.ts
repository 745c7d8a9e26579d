import { useEffect, useState } from 'react';
import type * as Y from 'yjs';
import { bindUndoKeys, Undo, type UndoState } from './undo';

export interface UndoControls extends UndoState {
  undo: () => void;
  redo: () => void;
}

const NOTHING: UndoState = { canUndo: false, canRedo: false };

/** Undo and redo of the person's own edits, by keys and for buttons. */
export function useUndo(doc: Y.Doc | null): UndoControls {
  const [state, setState] = useState(NOTHING);
  const [undo, setUndo] = useState<Undo | null>(null);
  useEffect(() => {
    if (!doc) return;
    const made = new Undo(doc);
    const stop = [made.onChange(setState), bindUndoKeys(made)];
    setUndo(made);
    return () => {
      stop.forEach((end) => end());
      made.destroy();
      setUndo(null);
      setState(NOTHING);
    };
  }, [doc]);
  return { ...state, undo: () => undo?.undo(), redo: () => undo?.redo() };
}
