// People who draw without end, and keep a record of what the server told them.
import * as Y from "yjs";
import { atEnd } from "./children.mjs";
import * as frames from "./frames.mjs";
import { RawClient } from "./raw.mjs";
import { pause } from "./until.mjs";

let tokens = 0;

/** One random edit: every inserted text is unlike any other, so that a doubled one would show. */
export function scribble(doc, dice, name) {
  const list = doc.getArray("list");
  const map = doc.getMap("elements");
  doc.transact(() => {
    if (list.length > 40 && dice.next() < 0.4) list.delete(dice.below(list.length - 2), 2);
    else list.insert(dice.below(list.length + 1), [`${name} ${++tokens}`]);
    const key = `element ${dice.below(12)}`;
    if (!map.has(key) || dice.next() < 0.05) map.set(key, new Y.Map());
    map.get(key).set(dice.pick(["x", "y", "width"]), dice.below(1000));
  });
}

/** Edits a document every few milliseconds until told to stop. */
export async function draw(doc, dice, name, running) {
  while (running()) {
    scribble(doc, dice, name);
    await pause(dice.between(5, 40));
  }
}

/** A raw client that comes back after every end, with what it has; `acknowledged` is what *saved* called durable. */
export class Recorder {
  constructor(room, ticket, name) {
    Object.assign(this, { room, ticket, name, doc: new Y.Doc(), received: [], acknowledged: [], connects: 0 });
    this.doc.on("update", (update, origin) => origin !== "server" && this.send(frames.update(update), update));
    this.going = this.run();
    atEnd(() => this.stop());
  }

  async run() {
    while (!this.stopped) {
      await this.session().catch(() => {});
      if (!this.stopped) await pause(50);
    }
  }

  async session() {
    this.sent = [];
    const client = new RawClient(this.room, this.ticket, { doc: this.doc });
    this.client = client;
    client.socket.on("message", () => this.note(client.frames.splice(0)));
    await client.opened;
    this.connects++;
    client.send(frames.step1(Y.encodeStateVector(this.doc)));
    await client.closed;
  }

  note(frames_) {
    for (const frame of frames_) {
      if (frame.kind === "step1") {
        const update = Y.encodeStateAsUpdate(this.doc, frame.payload);
        this.send(frames.step2(update), update);
      }
      if (frame.kind === "step2" || frame.kind === "update") this.received.push(frame.payload);
      if (frame.kind === "saved") this.acknowledged.push(...this.sent.splice(0, frame.count - (this.sent.done ?? 0))), (this.sent.done = frame.count);
      if (frame.notice?.code === "refused") throw new Error(`refused: ${JSON.stringify(frame.notice)}`);
    }
  }

  send(frame, update) {
    if (!this.client?.isOpen) return;
    this.sent.push(update);
    this.client.send(frame);
  }

  /** Everything sent on this connection has been called durable. */
  get quiet() {
    return this.client.isOpen && this.sent.length === 0;
  }

  async stop() {
    this.stopped = true;
    await this.client.close();
    await this.going;
  }
}
