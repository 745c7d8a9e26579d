import * as Y from 'yjs';
import { LOCAL } from './binding/binding';
import { elementsOf } from './binding/elements';

export interface UndoState {
  canUndo: boolean;
  canRedo: boolean;
}

/** Undoes the person's own edits only: what others did meanwhile stays. One step is one gesture. */
export class Undo {
  readonly #manager: Y.UndoManager;

  constructor(doc: Y.Doc) {
    this.#manager = new Y.UndoManager(elementsOf(doc), {
      trackedOrigins: new Set([LOCAL]),
      // Steps end where the next gesture begins, not after a time: a slow stroke is still one stroke.
      captureTimeout: Number.MAX_SAFE_INTEGER,
    });
  }

  get state(): UndoState {
    return { canUndo: this.#manager.canUndo(), canRedo: this.#manager.canRedo() };
  }

  /** A new gesture begins: what follows is a step of its own. */
  gesture(): void {
    this.#manager.stopCapturing();
  }

  undo(): void {
    this.#manager.undo();
  }

  redo(): void {
    this.#manager.redo();
  }

  onChange(changed: (state: UndoState) => void): () => void {
    const listener = () => changed(this.state);
    const names = ['stack-item-added', 'stack-item-popped', 'stack-cleared'] as const;
    names.forEach((name) => this.#manager.on(name, listener));
    return () => names.forEach((name) => this.#manager.off(name, listener));
  }

  destroy(): void {
    this.#manager.destroy();
  }
}

const TEXT_FIELD = 'input, textarea, select, [contenteditable="true"]';

/** Whether a key is not for the board: a text field has its own undo, and a dialog is in front of the board. */
function isElsewhere(target: EventTarget | null): boolean {
  return (target instanceof Element && target.closest(TEXT_FIELD) !== null) || document.querySelector('dialog[open]') !== null;
}

/**
 * Takes the undo keys away from Excalidraw, whose history knows nothing of other people, and notes where gestures
 * begin. Returns the way to stop.
 */
export function bindUndoKeys(undo: Undo): () => void {
  const keyDown = (event: KeyboardEvent) => {
    if (isElsewhere(event.target)) return;
    const action = undoAction(event);
    if (!action) return undo.gesture();
    event.preventDefault();
    event.stopImmediatePropagation();
    undo[action]();
  };
  const pointerDown = () => undo.gesture();
  addEventListener('keydown', keyDown, { capture: true });
  addEventListener('pointerdown', pointerDown, { capture: true });
  return () => {
    removeEventListener('keydown', keyDown, { capture: true });
    removeEventListener('pointerdown', pointerDown, { capture: true });
  };
}

export function undoAction(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>): 'undo' | 'redo' | null {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return null;
  const key = event.key.toLowerCase();
  if (key === 'z') return event.shiftKey ? 'redo' : 'undo';
  return key === 'y' && event.ctrlKey ? 'redo' : null;
}
