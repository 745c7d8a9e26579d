import * as Y from 'yjs';

/** An element as Excalidraw has it, seen only as what the binding needs. */
export interface SceneElement {
  readonly id: string;
  readonly type: string;
  readonly index?: string | null;
  readonly version: number;
  readonly versionNonce: number;
  readonly isDeleted: boolean;
  readonly [property: string]: unknown;
}

/** An element in the document: one entry a property. */
export type YElement = Y.Map<unknown>;

/** The properties of an element that are shared, as plain values. */
export type SharedProperties = Record<string, unknown>;

/** The document's map of elements, by element id. */
export function elementsOf(doc: Y.Doc): Y.Map<YElement> {
  return doc.getMap('elements');
}

/** Books of the editor itself; others number their changes differently. */
const LOCAL_ONLY = new Set(['version', 'versionNonce', 'updated', 'isDeleted', 'lastCommittedPoint']);

/** Long lists that grow at their end while a stroke is drawn: kept as Y.Array, so that only what is new travels. */
const LISTS = new Set(['points', 'pressures']);

export function isList(property: string): boolean {
  return LISTS.has(property);
}

export function sharedProperties(element: SceneElement): SharedProperties {
  const shared: SharedProperties = {};
  for (const [property, value] of Object.entries(element)) {
    if (LOCAL_ONLY.has(property) || value === undefined) continue;
    shared[property] = value;
  }
  return shared;
}

/** Reads an element of the document; what is missing or broken is left to Excalidraw's `restoreElements`. */
export function readElement(id: string, element: YElement): SharedProperties {
  const properties: SharedProperties = { ...element.toJSON(), id };
  if (properties['type'] !== 'freedraw') return properties;
  const points = listOf<[number, number]>(properties['points']);
  return { ...properties, points, pressures: listOf(properties['pressures']), ...sizeOf(points) };
}

/** The size that a stroke's points span: while it is drawn, the size itself is not sent. */
export function sizeOf(points: readonly (readonly [number, number])[]): { width: number; height: number } {
  return { width: extent(points.map(([x]) => x)), height: extent(points.map(([, y]) => y)) };
}

function extent(values: number[]): number {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return values.length > 0 ? high - low : 0;
}

function listOf<T>(value: unknown): T[] {
  return Array.isArray(value) ? value : [];
}

/** Whether there is nothing to see yet: Excalidraw takes such elements away again when the pointer goes up. */
export function isInvisible(element: SceneElement): boolean {
  const points = element['points'];
  if (Array.isArray(points)) return points.length < 2;
  return element['width'] === 0 && element['height'] === 0 && element.type !== 'text';
}
