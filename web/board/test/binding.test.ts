import { describe, expect, test, vi } from 'vitest';
import * as Y from 'yjs';
import { LOCAL } from '../src/board/binding/binding';
import { meet, seeded, Window } from './support/fakeScene';

function pair(): [Window, Window] {
  return [new Window(), new Window()];
}

function points(count: number): number[][] {
  return Array.from({ length: count }, (_, at) => [at, at * 2]);
}

describe('local changes', () => {
  test('write only the property that changed', () => {
    const [ann] = pair();
    ann.edit((scene) => scene.add('r', { strokeColor: 'black' }));
    const keys: string[] = [];
    ann.elements.observeDeep((events) => events.forEach((event) => keys.push(...event.changes.keys.keys())));
    ann.edit((scene) => scene.change('r', { x: 5 }));
    expect(keys).toEqual(['x']);
  });

  test('keep the books of the editor out of the document', () => {
    const [ann] = pair();
    ann.edit((scene) => scene.add('r', { updated: 1, lastCommittedPoint: [1, 1] }));
    const stored = ann.elements.get('r')!.toJSON();
    expect(Object.keys(stored).sort()).toEqual(['height', 'id', 'index', 'type', 'width', 'x', 'y']);
  });

  test('are marked as local, one transaction a capture', () => {
    const [ann] = pair();
    const origins: unknown[] = [];
    ann.doc.on('afterTransaction', (transaction: Y.Transaction) => origins.push(transaction.origin));
    ann.edit((scene) => {
      scene.add('r');
      scene.add('s');
    });
    expect(origins.filter((origin) => origin === LOCAL)).toHaveLength(1);
  });

  test('a drawing that came to nothing leaves nothing', () => {
    const [ann] = pair();
    ann.scene.drawingId = 'r';
    ann.edit((scene) => scene.add('r', { width: 0, height: 0 }));
    expect(ann.elements.size).toBe(0);
    ann.edit((scene) => scene.change('r', { width: 4 }));
    expect(ann.elements.size).toBe(1);
    ann.scene.list = [];
    ann.scene.drawingId = null;
    ann.binding.capture();
    expect(ann.elements.size).toBe(0);
  });

  test('a scene that was replaced does not delete the board', () => {
    const [ann] = pair();
    ann.edit((scene) => scene.add('r'));
    ann.edit((scene) => (scene.list = []));
    ann.frame();
    expect(ann.elements.has('r')).toBe(true);
    expect(ann.scene.get('r')).toBeDefined();
  });

  test('nothing is written for somebody who may only look', () => {
    const [ann] = pair();
    ann.binding.readOnly = true;
    ann.edit((scene) => scene.add('r'));
    expect(ann.elements.size).toBe(0);
  });

  test('a scene that was replaced shows the board again to somebody who may only look', () => {
    const [ann, ben] = pair();
    ann.edit((scene) => scene.add('r'));
    meet(ann, ben);
    ben.binding.readOnly = true;
    ben.edit((scene) => (scene.list = []));
    ben.frame();
    expect(ben.scene.get('r')).toBeDefined();
  });
});

describe('strokes', () => {
  test('a growing stroke sends its new points only', () => {
    const [ann] = pair();
    ann.scene.drawingId = 's';
    ann.edit((scene) => scene.add('s', { type: 'freedraw', points: points(2000), pressures: [] }));
    let bytes = 0;
    ann.doc.on('update', (update: Uint8Array) => (bytes += update.byteLength));
    ann.edit((scene) => scene.change('s', { points: points(2001), width: 2000, height: 4000 }));
    expect(bytes).toBeLessThan(60);
  });

  test('the size is written when the stroke is done', () => {
    const [ann] = pair();
    ann.scene.drawingId = 's';
    ann.edit((scene) => scene.add('s', { type: 'freedraw', points: points(2), width: 1, height: 2 }));
    ann.edit((scene) => scene.change('s', { points: points(3), width: 2, height: 4 }));
    expect(ann.elements.get('s')!.get('width')).toBe(1);
    ann.scene.drawingId = null;
    ann.binding.capture();
    expect(ann.elements.get('s')!.get('width')).toBe(2);
  });

  test('a stroke that is not finished has its size at the others', () => {
    const [ann, ben] = pair();
    ann.scene.drawingId = 's';
    ann.edit((scene) => scene.add('s', { type: 'freedraw', points: points(2), width: 1, height: 2 }));
    ann.edit((scene) => scene.change('s', { points: points(11), width: 10, height: 20 }));
    meet(ann, ben);
    expect(ben.scene.get('s')).toMatchObject({ width: 10, height: 20, points: points(11) });
  });
});

describe('changes of others', () => {
  test('two people changing different properties both win', () => {
    const [ann, ben] = pair();
    ann.edit((scene) => scene.add('r', { strokeColor: 'black' }));
    meet(ann, ben);
    ann.edit((scene) => scene.change('r', { x: 50 }));
    ben.edit((scene) => scene.change('r', { strokeColor: 'red' }));
    meet(ann, ben);
    expect(ann.scene.get('r')).toMatchObject({ x: 50, strokeColor: 'red' });
    expect(ben.scene.get('r')).toMatchObject({ x: 50, strokeColor: 'red' });
  });

  test('raise the version, so that the editor draws anew', () => {
    const [ann, ben] = pair();
    ann.edit((scene) => scene.add('r'));
    meet(ann, ben);
    const before = ben.scene.get('r')!;
    ann.edit((scene) => scene.change('r', { x: 1 }));
    meet(ann, ben);
    const after = ben.scene.get('r')!;
    expect(after).not.toBe(before);
    expect(after.version).toBeGreaterThan(before.version);
  });

  test('are not written back', () => {
    const [ann, ben] = pair();
    ann.edit((scene) => scene.add('r'));
    meet(ann, ben);
    const written = vi.fn();
    ben.doc.on('update', written);
    ben.frame();
    ben.binding.capture();
    expect(written).not.toHaveBeenCalled();
  });

  test('do not undo a local change that was not captured yet', () => {
    const [ann, ben] = pair();
    ann.edit((scene) => scene.add('r', { y: 0 }));
    meet(ann, ben);
    ann.edit((scene) => scene.change('r', { x: 9 }));
    ben.scene.change('r', { y: 7 });
    meet(ann, ben);
    meet(ann, ben);
    expect(ann.scene.get('r')).toMatchObject({ x: 9, y: 7 });
    expect(ben.scene.get('r')).toMatchObject({ x: 9, y: 7 });
  });

  test('wait while the person holds the element', () => {
    const [ann, ben] = pair();
    ann.edit((scene) => scene.add('t', { type: 'text', text: 'a' }));
    meet(ann, ben);
    ben.scene.heldIds.add('t');
    const held = ben.scene.get('t');
    ann.edit((scene) => scene.change('t', { x: 5 }));
    meet(ann, ben);
    expect(ben.scene.get('t')).toBe(held);
    ben.edit((scene) => scene.change('t', { text: 'ab' }));
    ben.scene.heldIds.clear();
    meet(ann, ben);
    expect(ben.scene.get('t')).toMatchObject({ x: 5, text: 'ab' });
    expect(ann.scene.get('t')).toMatchObject({ x: 5, text: 'ab' });
  });

  test('a deletion takes the element away, and is not undone by who held it', () => {
    const [ann, ben] = pair();
    ann.edit((scene) => scene.add('r'));
    meet(ann, ben);
    ben.scene.heldIds.add('r');
    ann.edit((scene) => scene.delete('r'));
    meet(ann, ben);
    ben.edit((scene) => scene.change('r', { x: 3 }));
    ben.scene.heldIds.clear();
    meet(ann, ben);
    expect(ben.scene.get('r')).toBeUndefined();
    expect(ann.elements.size).toBe(0);
  });

  test('what is there when the board opens is shown', () => {
    const [ann] = pair();
    ann.edit((scene) => scene.add('r'));
    const late = new Window();
    meet(ann, late);
    expect(late.scene.picture()).toEqual(ann.scene.picture());
  });
});

test('any mixture of edits ends in the same picture for all', () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const windows = [new Window(), new Window(), new Window()];
    mixEdits(windows, seeded(seed));
    meet(...windows);
    meet(...windows);
    const pictures = windows.map((window) => JSON.stringify(sorted(window.scene.picture())));
    expect(new Set(pictures).size, `seed ${seed}`).toBe(1);
  }
});

function mixEdits(windows: Window[], random: () => number): void {
  const pick = <T,>(list: readonly T[]) => list[Math.floor(random() * list.length)]!;
  for (let step = 0; step < 60; step += 1) {
    const window = pick(windows);
    const present = window.scene.list.filter((element) => !element.isDeleted);
    const dice = random();
    window.edit((scene) => {
      if (present.length === 0 || dice < 0.3) return scene.add(`e${step}`, { type: 'line', points: points(2) });
      const { id } = pick(present);
      if (dice < 0.4) return scene.delete(id);
      if (dice < 0.7) return scene.change(id, { x: step });
      return scene.change(id, { points: points(2 + Math.floor(random() * 6)) });
    });
    if (random() < 0.2) meet(pick(windows), pick(windows));
  }
}

function sorted(picture: unknown[]): unknown[] {
  return picture.map((element) => Object.fromEntries(Object.entries(element as object).sort()));
}
