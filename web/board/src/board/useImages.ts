import type { ExcalidrawImperativeAPI } from '@excalidraw/excalidraw/types';
import { useEffect, useState } from 'react';
import { elementsOf } from './binding/elements';
import type { Connection } from './connection';
import { BrowserOutbox } from './images/outbox';
import { imagePorts } from './images/ports';
import { ImageSync } from './images/sync';

/** Moves images between the editor and the server while the board is open. */
export function useImages(editor: ExcalidrawImperativeAPI | null, { doc }: Connection, roomId: string): ImageSync | null {
  const [sync, setSync] = useState<ImageSync | null>(null);
  useEffect(() => {
    if (!editor) return;
    const elements = elementsOf(doc);
    const outbox = new BrowserOutbox(`meridian-images:${roomId}`);
    const made = new ImageSync(imagePorts(editor, elements, roomId), outbox);
    elements.observeDeep(made.check);
    addEventListener('online', made.retry);
    setSync(made);
    made.check();
    return () => {
      elements.unobserveDeep(made.check);
      removeEventListener('online', made.retry);
      made.stop();
      void outbox.close();
      setSync(null);
    };
  }, [editor, doc, roomId]);
  return sync;
}
