import { describe, expect, test } from 'vitest';
import { Undo, undoAction } from '../src/board/undo';
import { meet, Window } from './support/fakeScene';

function windowWithUndo(): [Window, Undo] {
  const window = new Window();
  return [window, new Undo(window.doc)];
}

describe('undo', () => {
  test('takes back only the own edits', () => {
    const [ann, undo] = windowWithUndo();
    const ben = new Window();
    ann.edit((scene) => scene.add('r'));
    meet(ann, ben);
    undo.gesture();
    ann.edit((scene) => scene.change('r', { x: 5 }));
    ben.edit((scene) => scene.change('r', { strokeColor: 'red' }));
    ben.edit((scene) => scene.add('b'));
    meet(ann, ben);
    undo.undo();
    meet(ann, ben);
    expect(ben.scene.get('r')).toMatchObject({ x: 0, strokeColor: 'red' });
    expect(ann.scene.get('b')).toBeDefined();
  });

  test('brings a deleted stroke back with its points, and redo deletes it again', () => {
    const [ann, undo] = windowWithUndo();
    const ben = new Window();
    ann.edit((scene) => scene.add('s', { type: 'line', points: [[0, 0], [3, 4]] }));
    undo.gesture();
    ann.edit((scene) => scene.delete('s'));
    meet(ann, ben);
    undo.undo();
    meet(ann, ben);
    expect(ann.scene.get('s')).toMatchObject({ points: [[0, 0], [3, 4]] });
    expect(ben.scene.get('s')).toMatchObject({ points: [[0, 0], [3, 4]] });
    undo.redo();
    meet(ann, ben);
    expect(ann.scene.get('s')).toBeUndefined();
    expect(ben.elements.size).toBe(0);
  });

  test('brings back a deleted element that somebody else made', () => {
    const [ann, undo] = windowWithUndo();
    const ben = new Window();
    ben.edit((scene) => scene.add('b', { type: 'line', points: [[0, 0], [1, 1]] }));
    meet(ann, ben);
    ann.edit((scene) => scene.delete('b'));
    meet(ann, ben);
    undo.undo();
    meet(ann, ben);
    expect(ben.scene.get('b')).toMatchObject({ points: [[0, 0], [1, 1]] });
  });

  test('takes a whole gesture at once', () => {
    const [ann, undo] = windowWithUndo();
    ann.edit((scene) => scene.add('r'));
    undo.gesture();
    for (let x = 1; x < 50; x += 1) ann.edit((scene) => scene.change('r', { x }));
    undo.undo();
    ann.frame();
    expect(ann.scene.get('r')).toMatchObject({ x: 0 });
    expect(undo.state).toEqual({ canUndo: true, canRedo: true });
  });
});

describe('undoAction', () => {
  const key = (key: string, modifiers: object = {}) =>
    undoAction({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...modifiers });

  test('knows the usual keys', () => {
    expect(key('z', { ctrlKey: true })).toBe('undo');
    expect(key('z', { metaKey: true })).toBe('undo');
    expect(key('Z', { ctrlKey: true, shiftKey: true })).toBe('redo');
    expect(key('y', { ctrlKey: true })).toBe('redo');
    expect(key('z')).toBeNull();
    expect(key('z', { ctrlKey: true, altKey: true })).toBeNull();
  });
});
