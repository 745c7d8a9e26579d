import { getDataURL } from '@excalidraw/excalidraw';
import type { FileId } from '@excalidraw/excalidraw/element/types';
import type { BinaryFileData, ExcalidrawImperativeAPI } from '@excalidraw/excalidraw/types';
import type * as Y from 'yjs';
import { api } from '../../app/session';
import { toast } from '../../ui/toast';
import type { YElement } from '../binding/elements';
import type { ImageFile, ImagePorts } from './sync';

/** Excalidraw, the document and the API, as the image synchronisation sees them. */
export function imagePorts(editor: ExcalidrawImperativeAPI, elements: Y.Map<YElement>, roomId: string): ImagePorts {
  return {
    files: () => filesIn(elements),
    has: (fileId) => editor.getFiles()[fileId] !== undefined,
    add: async (fileId, image) => editor.addFiles([await fileOf(fileId, image)]),
    markSaved: (fileId) => markSaved(elements, fileId),
    upload: (fileId, image) => api.putFile(roomId, fileId, image),
    download: (fileId) => api.getFile(roomId, fileId),
    failed: (error) => toast(`An image could not be saved or loaded: ${error instanceof Error ? error.message : error}`, 'error'),
  };
}

function filesIn(elements: Y.Map<YElement>): ImageFile[] {
  const files: ImageFile[] = [];
  for (const element of elements.values()) {
    const fileId = element.get('fileId');
    if (typeof fileId === 'string') files.push({ fileId, status: String(element.get('status')) });
  }
  return files;
}

/** Not an edit of the person: written here rather than in the scene, so that undo does not meet it. */
function markSaved(elements: Y.Map<YElement>, fileId: string): void {
  elements.doc?.transact(() => {
    for (const element of elements.values()) {
      if (element.get('fileId') === fileId) element.set('status', 'saved');
    }
  }, markSaved);
}

async function fileOf(fileId: string, image: Blob): Promise<BinaryFileData> {
  return {
    id: fileId as FileId,
    mimeType: image.type as BinaryFileData['mimeType'],
    dataURL: await getDataURL(image),
    created: Date.now(),
  };
}
