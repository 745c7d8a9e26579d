import { CaptureUpdateAction, restoreElements } from '@excalidraw/excalidraw';
import type { ExcalidrawElement } from '@excalidraw/excalidraw/element/types';
import type { AppState, ExcalidrawImperativeAPI } from '@excalidraw/excalidraw/types';
import type { Scene } from './binding/binding';
import type { SceneElement } from './binding/elements';

/** Excalidraw, as the binding sees it. */
export function sceneOf(editor: ExcalidrawImperativeAPI): Scene {
  return {
    elements: () => editor.getSceneElementsIncludingDeleted() as unknown as readonly SceneElement[],
    show: (elements) =>
      editor.updateScene({
        elements: elements as unknown as ExcalidrawElement[],
        // What comes from the document must not enter Excalidraw's own history.
        captureUpdate: CaptureUpdateAction.NEVER,
      }),
    held: () => heldElements(editor.getAppState()),
    drawing: () => editor.getAppState().newElement?.id ?? editor.getAppState().multiElement?.id ?? null,
    restore,
  };
}

/** The elements that Excalidraw keeps a reference to while the person types, draws or resizes. */
function heldElements(state: AppState): Set<string> {
  const { newElement, multiElement, resizingElement, editingTextElement, editingLinearElement } = state;
  const ids = [newElement?.id, multiElement?.id, resizingElement?.id, editingTextElement?.id];
  return new Set([...ids, editingLinearElement?.elementId].filter((id) => id !== undefined));
}

/** `null`: nothing to see (an empty text, a stroke of one point), or of a kind that this Excalidraw does not know. */
function restore(element: SceneElement): SceneElement | null {
  const [restored] = restoreElements([element as unknown as ExcalidrawElement], null);
  return restored && !restored.isDeleted ? (restored as unknown as SceneElement) : null;
}
