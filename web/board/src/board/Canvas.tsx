import { Excalidraw, MainMenu } from '@excalidraw/excalidraw';
import '@excalidraw/excalidraw/index.css';
import type { ExcalidrawImperativeAPI } from '@excalidraw/excalidraw/types';
import type { Room } from '@meridian/client';
import { useRef, useState } from 'react';
import type { Theme } from '../app/theme';
import { toast } from '../ui/toast';
import type { Connection } from './connection';
import { normaliseImage } from './images/normalise';
import { useCursors } from './useCursors';
import { useFitOnOpen } from './useFitOnOpen';
import { useImages } from './useImages';
import { useSceneBinding } from './useSceneBinding';

interface Props {
  connection: Connection;
  room: Room;
  theme: Theme;
  viewOnly: boolean;
}

/** What Excalidraw offers that makes no sense on a shared board. */
const UI_OPTIONS = {
  canvasActions: { changeViewBackgroundColor: false, loadScene: false, saveToActiveFile: false, toggleTheme: false },
} as const;

/** Excalidraw, bound to the board's document. */
export function Canvas({ connection, room, theme, viewOnly }: Props) {
  const created = useRef<ExcalidrawImperativeAPI | null>(null);
  const [editor, setEditor] = useState<ExcalidrawImperativeAPI | null>(null);
  const capture = useSceneBinding(editor, connection, viewOnly);
  useFitOnOpen(editor, connection.provider);
  const images = useImages(editor, connection, room.id);
  const { moved, selected } = useCursors(editor, connection.provider);
  const takeImage = async (file: File) => {
    if (!images) throw new Error('The board is not ready.');
    try {
      return await images.take(await normaliseImage(file));
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), 'error');
      throw error;
    }
  };
  return (
    <Excalidraw
      excalidrawAPI={(made) => (created.current = made)}
      theme={theme}
      name={room.name}
      viewModeEnabled={viewOnly}
      isCollaborating
      autoFocus
      handleKeyboardGlobally
      aiEnabled={false}
      // Pages of other sites are not embedded: the content security policy would not let them load.
      validateEmbeddable={false}
      UIOptions={UI_OPTIONS}
      generateIdForFile={takeImage}
      onChange={(_elements, state) => {
        // The first change tells that Excalidraw has set up its own, empty scene: anything put there before is lost.
        setEditor(created.current);
        capture();
        selected(state.selectedElementIds);
      }}
      onPointerUpdate={moved}
    >
      <MainMenu>
        <MainMenu.DefaultItems.SaveAsImage />
        <MainMenu.DefaultItems.Export />
        <MainMenu.DefaultItems.SearchMenu />
        <MainMenu.DefaultItems.Help />
        {!viewOnly && <MainMenu.DefaultItems.ClearCanvas />}
      </MainMenu>
    </Excalidraw>
  );
}
