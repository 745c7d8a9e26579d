import type { ExcalidrawImperativeAPI } from '@excalidraw/excalidraw/types';
import type { MeridianProvider } from '@meridian/client';
import { useEffect } from 'react';

/** Brings what is on the board into view once, when it is opened: others may have drawn far from the origin. */
export function useFitOnOpen(editor: ExcalidrawImperativeAPI | null, provider: MeridianProvider): void {
  useEffect(() => {
    if (!editor || fit(editor) || provider.synced) return;
    const stop = provider.on('synced', () => {
      stop();
      // In the next frame, when the scene shows what has arrived.
      requestAnimationFrame(() => fit(editor));
    });
    return stop;
  }, [editor, provider]);
}

function fit(editor: ExcalidrawImperativeAPI): boolean {
  const elements = editor.getSceneElements();
  if (elements.length > 0) editor.scrollToContent(elements, { fitToContent: true, animate: false });
  return elements.length > 0;
}
