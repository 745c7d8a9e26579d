import type { AppState, CollaboratorPointer, ExcalidrawImperativeAPI } from '@excalidraw/excalidraw/types';
import type { MeridianProvider } from '@meridian/client';
import { useEffect, useRef } from 'react';
import { FrameScheduler } from './frames';
import { collaboratorsOf, type PresenceState } from './presence';

interface Cursors {
  /** To be called when the person's pointer moves. */
  moved: (update: { pointer: CollaboratorPointer; button: 'up' | 'down' }) => void;
  /** To be called with what the person has selected. */
  selected: (ids: AppState['selectedElementIds']) => void;
}

/** Shows the pointers and selections of others, and tells them of one's own. */
export function useCursors(editor: ExcalidrawImperativeAPI | null, { awareness }: MeridianProvider): Cursors {
  useEffect(() => {
    if (!editor) return;
    const frames = new FrameScheduler();
    const show = () => {
      const states = awareness.getStates() as Map<number, PresenceState>;
      editor.updateScene({ collaborators: collaboratorsOf(states, awareness.clientID) });
    };
    const changed = () => frames.request(show);
    awareness.on('change', changed);
    changed();
    return () => {
      awareness.off('change', changed);
      frames.cancel();
    };
  }, [editor, awareness]);

  const lastSelected = useRef<AppState['selectedElementIds'] | null>(null);
  return {
    moved: ({ pointer, button }) => {
      awareness.setLocalState({ ...awareness.getLocalState(), pointer, button });
    },
    selected: (ids) => {
      if (lastSelected.current === ids) return;
      lastSelected.current = ids;
      awareness.setLocalStateField('selectedElementIds', ids);
    },
  };
}
