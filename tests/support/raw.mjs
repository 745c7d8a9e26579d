// A client that sends any bytes and records everything it gets.
import WebSocket from "ws";
import * as Y from "yjs";
import * as frames from "./frames.mjs";
import { until, within } from "./until.mjs";

export class RawClient {
  /** Connects with a ticket answer (`{url, ticket}`) and resolves when the socket is open. */
  static async open(room, ticket, options) {
    const client = new RawClient(room, ticket, options);
    await within(client.opened, "the socket to open");
    return client;
  }

  /** Opens and exchanges state: what the room holds is in `doc` afterwards. */
  static async join(room, ticket, options) {
    const client = await RawClient.open(room, ticket, options);
    client.send(frames.step1(Y.encodeStateVector(client.doc)));
    await client.first("step2");
    return client;
  }

  /**
   * `plain`: without the subprotocol meridian.v1. `protocols`, `headers`, `query` override what is sent.
   * `reads: false` never reads from the socket, like a client that hangs.
   */
  constructor(room, ticket, { plain = false, protocols, headers, query, reads = true, doc } = {}) {
    this.frames = [];
    this.doc = doc ?? new Y.Doc();
    const search = query ?? `?ticket=${encodeURIComponent(ticket.ticket)}`;
    this.socket = new WebSocket(`${ticket.url}/${room.id}${search}`, protocols ?? (plain ? [] : ["meridian.v1"]), { headers, perMessageDeflate: false });
    this.socket.binaryType = "nodebuffer";
    this.opened = new Promise((resolve, reject) => {
      this.socket.once("open", () => {
        if (!reads) this.socket._socket.pause();
        resolve();
      });
      this.socket.once("error", reject);
    });
    this.opened.catch(() => {});
    this.closed = new Promise((resolve) => this.socket.once("close", (code, reason) => resolve({ code, reason: reason.toString(), at: performance.now() })));
    this.socket.on("error", () => {});
    this.socket.on("message", (data) => this.receive(new Uint8Array(data)));
  }

  receive(data) {
    const frame = { ...frames.decode(data), at: performance.now(), size: data.length };
    this.frames.push(frame);
    if (frame.kind !== "step2" && frame.kind !== "update") return;
    try {
      Y.applyUpdate(this.doc, frame.payload, "server");
    } catch (error) {
      // What the server passes on, every stock client must be able to take in.
      this.broken ??= error;
    }
  }

  send(data) {
    this.socket.send(data);
  }

  /** Sends what `change` does to a document as one Update; returns the update. */
  edit(change) {
    let made;
    const keep = (update) => (made = update);
    this.doc.on("update", keep);
    this.doc.transact(() => change(this.doc));
    this.doc.off("update", keep);
    this.send(frames.update(made));
    return made;
  }

  of(kind) {
    return this.frames.filter((f) => f.kind === kind);
  }

  notices(code) {
    return this.of("notice").filter((f) => f.notice.code === code).map((f) => f.notice);
  }

  /** The first frame of a kind (that fits), now or soon. */
  first(kind, fits = () => true, timeout) {
    return until(() => this.frames.find((f) => f.kind === kind && fits(f)), () => `a frame ${kind}; got ${this.summary()}`, timeout);
  }

  notice(code, timeout) {
    return until(() => this.notices(code)[0], () => `the notice ${code}; got ${this.summary()}`, timeout);
  }

  /** Whether the server has sent updates that hold all of this one. */
  got(update) {
    const wanted = Y.decodeUpdate(update).structs;
    return this.frames.some((f) => (f.kind === "update" || f.kind === "step2") && holds(f.payload, wanted));
  }

  /** The echo of an own update, or another's. */
  receives(update, timeout) {
    return until(() => this.got(update), () => `an update; got ${this.summary()}`, timeout);
  }

  /** Waits until the connection has ended with this code. */
  async closesWith(code, timeout) {
    const end = await within(this.closed, `close ${code}; got ${this.summary()}`, timeout);
    if (end.code !== code) throw new Error(`expected close ${code}, got ${end.code} "${end.reason}"`);
    return end;
  }

  get isOpen() {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** A clean goodbye. */
  async close() {
    this.socket.close();
    const timer = setTimeout(() => this.socket.terminate(), 2000);
    await this.closed;
    clearTimeout(timer);
  }

  summary() {
    return this.frames.slice(-12).map((f) => (f.notice ? `notice ${JSON.stringify(f.notice)}` : f.kind)).join(", ") || "nothing";
  }
}

function holds(payload, wanted) {
  const there = Y.decodeUpdate(payload).structs.filter((s) => s.constructor.name !== "Skip");
  return wanted.every((w) => there.some((s) => s.id.client === w.id.client && s.id.clock <= w.id.clock && s.id.clock + s.length >= w.id.clock + w.length));
}
