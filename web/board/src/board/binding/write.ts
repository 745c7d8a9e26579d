import * as Y from 'yjs';
import { isList, type SharedProperties, type YElement } from './elements';
import { equal } from './equal';
import { spliceBetween } from './splice';

/** Puts a new element into the document. */
export function createElement(properties: SharedProperties): YElement {
  const element: YElement = new Y.Map();
  for (const [property, value] of Object.entries(properties)) element.set(property, stored(property, value));
  return element;
}

/** The properties that changed, absent ones as `undefined`. */
export function changesBetween(before: SharedProperties, after: SharedProperties): SharedProperties {
  const changes: SharedProperties = {};
  for (const property of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (!equal(before[property], after[property])) changes[property] = after[property];
  }
  return changes;
}

/** Writes changed properties, and of lists only the stretch that is different. */
export function writeChanges(element: YElement, changes: SharedProperties): void {
  for (const [property, value] of Object.entries(changes)) {
    const present = element.get(property);
    if (value === undefined) element.delete(property);
    else if (present instanceof Y.Array && Array.isArray(value)) writeList(present, value);
    else if (!equal(present, value)) element.set(property, stored(property, value));
  }
}

function writeList(list: Y.Array<unknown>, value: unknown[]): void {
  const splice = spliceBetween(list.toArray(), value);
  if (!splice) return;
  if (splice.remove > 0) list.delete(splice.at, splice.remove);
  if (splice.insert.length > 0) list.insert(splice.at, splice.insert);
}

function stored(property: string, value: unknown): unknown {
  return isList(property) && Array.isArray(value) ? Y.Array.from(value) : value;
}
