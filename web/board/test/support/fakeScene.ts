import * as Y from 'yjs';
import { SceneBinding, type Scene } from '../../src/board/binding/binding';
import { elementsOf, isInvisible, type SceneElement } from '../../src/board/binding/elements';

let nonce = 1;

/** Behaves as Excalidraw's scene: changes elements in place, counts versions, keeps what is deleted. */
export class FakeScene implements Scene {
  list: SceneElement[] = [];
  heldIds = new Set<string>();
  drawingId: string | null = null;

  elements = () => this.list;
  held = () => this.heldIds;
  drawing = () => this.drawingId;
  show = (elements: SceneElement[]) => {
    this.list = elements;
  };
  restore = (element: SceneElement) => (isInvisible(element) ? null : element);

  get(id: string): SceneElement | undefined {
    return this.list.find((element) => element.id === id && !element.isDeleted);
  }

  add(id: string, properties: Record<string, unknown> = {}): void {
    const element = { id, type: 'rectangle', x: 0, y: 0, width: 10, height: 10, index: `a${id}`, isDeleted: false };
    this.list = [...this.list, { ...element, ...properties, version: 1, versionNonce: nonce++ }];
  }

  change(id: string, properties: Record<string, unknown>): void {
    const element = this.list.find((candidate) => candidate.id === id)!;
    Object.assign(element, properties, { version: element.version + 1, versionNonce: nonce++ });
  }

  delete(id: string): void {
    this.change(id, { isDeleted: true });
  }

  /** What a person sees, without the books of the editor. */
  picture(): unknown[] {
    return this.list
      .filter((element) => !element.isDeleted)
      .map(({ version: _version, versionNonce: _nonce, ...rest }) => rest);
  }
}

/** One person's window: a document, a scene and the binding; what is scheduled runs at `frame()`. */
export class Window {
  readonly doc = new Y.Doc();
  readonly scene = new FakeScene();
  readonly binding: SceneBinding;
  #work: (() => void) | null = null;

  constructor() {
    this.binding = new SceneBinding(elementsOf(this.doc), this.scene, (work) => {
      this.#work = work;
    });
  }

  get elements(): Y.Map<Y.Map<unknown>> {
    return elementsOf(this.doc);
  }

  edit(work: (scene: FakeScene) => void): void {
    work(this.scene);
    this.binding.capture();
  }

  frame(): void {
    const work = this.#work;
    this.#work = null;
    work?.();
    this.binding.capture();
  }
}

/** Brings the documents of all windows to the same state and shows it. */
export function meet(...windows: Window[]): void {
  for (const from of windows) {
    for (const to of windows) {
      if (from !== to) Y.applyUpdate(to.doc, Y.encodeStateAsUpdate(from.doc, Y.encodeStateVector(to.doc)), 'remote');
    }
  }
  windows.forEach((window) => window.frame());
}

/** Numbers from 0 to 1 that are the same at every run. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
