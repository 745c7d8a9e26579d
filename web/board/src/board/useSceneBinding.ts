import type { ExcalidrawImperativeAPI } from '@excalidraw/excalidraw/types';
import { useEffect, useRef } from 'react';
import { SceneBinding } from './binding/binding';
import { elementsOf } from './binding/elements';
import type { Connection } from './connection';
import { FrameScheduler } from './frames';
import { sceneOf } from './scene';

/** Binds the editor to the document. The answer is to be called at every change of the scene. */
export function useSceneBinding(editor: ExcalidrawImperativeAPI | null, connection: Connection, viewOnly: boolean): () => void {
  const binding = useRef<SceneBinding | null>(null);
  useEffect(() => {
    if (!editor) return;
    const frames = new FrameScheduler();
    const made = new SceneBinding(elementsOf(connection.doc), sceneOf(editor), frames.request);
    binding.current = made;
    expose(editor, connection);
    return () => {
      binding.current = null;
      frames.cancel();
      made.destroy();
    };
  }, [editor, connection]);
  useEffect(() => {
    if (binding.current) binding.current.readOnly = viewOnly;
  }, [editor, connection, viewOnly]);
  return () => binding.current?.capture();
}

/** Where browser tests and curious people find the open board. */
function expose(excalidrawAPI: ExcalidrawImperativeAPI, { doc, provider }: Connection): void {
  Object.defineProperty(window, '__meridian', {
    value: { doc, provider, excalidrawAPI },
    configurable: true,
    enumerable: false,
  });
}
