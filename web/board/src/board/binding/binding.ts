import * as Y from 'yjs';
import {
  isInvisible,
  readElement,
  sharedProperties,
  type SceneElement,
  type SharedProperties,
  type YElement,
} from './elements';
import { inOrder } from './order';
import { changesBetween, createElement, writeChanges } from './write';

/** The editor's side of the binding. */
export interface Scene {
  /** All elements, deleted ones included. */
  elements(): readonly SceneElement[];
  show(elements: SceneElement[]): void;
  /** Elements that the person is typing into or drawing: replacing them would break the gesture. */
  held(): ReadonlySet<string>;
  /** The element that is being drawn. */
  drawing(): string | null;
  /** Makes a complete element of what the document has; `null` when there is nothing to see. */
  restore(properties: SceneElement): SceneElement | null;
}

/** Marks transactions that come from this editor: only these are undone by its undo. */
export const LOCAL = Symbol('local edit');

/**
 * Keeps an editor's scene and the document's elements the same. It remembers what both sides last had in common (the
 * shadow), so that only what the person changed is written, and a change of somebody else to another property of the
 * same element survives.
 */
export class SceneBinding {
  readonly #elements: Y.Map<YElement>;
  readonly #scene: Scene;
  readonly #schedule: (apply: () => void) => void;
  /** What scene and document had in common, by element id. */
  readonly #shadow = new Map<string, SharedProperties>();
  /** The versions of the scene's elements that have been dealt with. */
  readonly #seen = new Map<string, string>();
  /** Elements of which the document has news that the scene does not show yet. */
  readonly #news = new Set<string>();
  #lastDrawing: string | null = null;
  #readOnly = false;

  /** `schedule` runs what it is given soon, once for all calls in between (e.g. before the next frame). */
  constructor(elements: Y.Map<YElement>, scene: Scene, schedule: (apply: () => void) => void) {
    this.#elements = elements;
    this.#scene = scene;
    this.#schedule = schedule;
    elements.observeDeep(this.#observed);
    for (const id of elements.keys()) this.#news.add(id);
    this.apply();
  }

  set readOnly(readOnly: boolean) {
    this.#readOnly = readOnly;
  }

  destroy(): void {
    this.#elements.unobserveDeep(this.#observed);
  }

  /** Writes to the document what the person changed in the scene. Call it at every change of the scene. */
  capture(): void {
    const elements = this.#scene.elements();
    const drawing = this.#scene.drawing();
    if (this.#readOnly) this.#missing(elements).forEach((id) => this.#bringBack(id));
    else this.#write(elements, drawing);
    this.#lastDrawing = drawing;
    if (this.#news.size > 0) this.#schedule(this.apply);
  }

  /** Shows in the scene what others changed in the document, except where the person is at work just now. */
  readonly apply = (): void => {
    if (!this.#readOnly) this.#write(this.#scene.elements(), this.#scene.drawing());
    const held = this.#scene.held();
    const ids = [...this.#news].filter((id) => !held.has(id));
    if (ids.length === 0) return;
    const byId = new Map(this.#scene.elements().map((element) => [element.id, element]));
    for (const id of ids) {
      this.#news.delete(id);
      const next = this.#fromDocument(id, byId.get(id));
      if (next) byId.set(id, next);
    }
    this.#scene.show(inOrder(byId.values()));
  };

  #write(elements: readonly SceneElement[], drawing: string | null): void {
    const finished = this.#lastDrawing === drawing ? null : this.#lastDrawing;
    const changed = elements.filter((element) => element.id === finished || this.#seen.get(element.id) !== tagOf(element));
    const missing = this.#missing(elements);
    if (changed.length === 0 && missing.length === 0) return;
    this.#elements.doc!.transact(() => {
      changed.forEach((element) => this.#writeOne(element, element.id === drawing));
      missing.forEach((id) => this.#leftScene(id));
    }, LOCAL);
  }

  #writeOne(element: SceneElement, drawing: boolean): void {
    const { id } = element;
    this.#seen.set(id, tagOf(element));
    const shadow = this.#shadow.get(id);
    if (element.isDeleted) return shadow && this.#remove(id);
    if (!shadow) return this.#add(element);
    const now = sharedProperties(element);
    if (drawing) keepSize(now, shadow);
    this.#shadow.set(id, now);
    const stored = this.#elements.get(id);
    // Gone: somebody deleted it, and the scene will follow as soon as the person lets go of it.
    if (stored) writeChanges(stored, changesBetween(shadow, now));
  }

  #add(element: SceneElement): void {
    if (isInvisible(element)) return;
    const properties = sharedProperties(element);
    const stored = this.#elements.get(element.id);
    if (stored) writeChanges(stored, properties);
    else this.#elements.set(element.id, createElement(properties));
    this.#shadow.set(element.id, properties);
  }

  #remove(id: string): void {
    this.#elements.delete(id);
    this.#shadow.delete(id);
  }

  #missing(elements: readonly SceneElement[]): string[] {
    const present = new Set(elements.map(({ id }) => id));
    return [...this.#shadow.keys()].filter((id) => !present.has(id));
  }

  /** Excalidraw drops a drawing that came to nothing. Anything else (a file was opened) must not delete the board. */
  #leftScene(id: string): void {
    if (id === this.#lastDrawing) this.#remove(id);
    else this.#bringBack(id);
  }

  #bringBack(id: string): void {
    this.#shadow.delete(id);
    this.#seen.delete(id);
    this.#news.add(id);
  }

  #fromDocument(id: string, local: SceneElement | undefined): SceneElement | null {
    const stored = this.#elements.get(id);
    const restored = stored ? this.#scene.restore(editorElement(readElement(id, stored), local)) : null;
    if (restored) this.#shadow.set(id, sharedProperties(restored));
    else this.#shadow.delete(id);
    const next = restored ?? (local && !local.isDeleted ? { ...local, ...newVersion(local), isDeleted: true } : null);
    if (next) this.#seen.set(id, tagOf(next));
    return next;
  }

  readonly #observed = (events: Y.YEvent<any>[], transaction: Y.Transaction) => {
    if (transaction.origin === LOCAL) return;
    for (const event of events) {
      if (event.path.length > 0) this.#news.add(String(event.path[0]));
      else event.changes.keys.forEach((_, id) => this.#news.add(id));
    }
    this.#schedule(this.apply);
  };
}

/** Excalidraw changes elements in place; their version tells. */
function tagOf({ version, versionNonce, isDeleted }: SceneElement): string {
  return `${version}:${versionNonce}:${isDeleted}`;
}

/** Completes shared properties with the editor's own books, higher than those it has, so that it draws anew. */
function editorElement(properties: SharedProperties, local: SceneElement | undefined): SceneElement {
  return { ...properties, ...newVersion(local), isDeleted: false } as SceneElement;
}

function newVersion(local: SceneElement | undefined): Pick<SceneElement, 'version' | 'versionNonce'> {
  return { version: (local?.version ?? 0) + 1, versionNonce: Math.floor(Math.random() * 2 ** 31) };
}

/** While a stroke grows, its size follows from its points: it is written once, when the stroke is done. */
function keepSize(now: SharedProperties, shadow: SharedProperties): void {
  if (!Array.isArray(now['points'])) return;
  now['width'] = shadow['width'];
  now['height'] = shadow['height'];
}
