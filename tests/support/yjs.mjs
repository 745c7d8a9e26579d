// The real stock client: yjs and y-websocket, unchanged, over real sockets, with its frames recorded.
import WebSocket from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import * as frames from "./frames.mjs";
import { until } from "./until.mjs";

/** A document connected to a room with a ticket answer. `received` holds every document payload that came from the server. */
export class YjsClient {
  constructor(room, ticket, { doc = new Y.Doc(), name = "client", connect = true } = {}) {
    const client = this;
    Object.assign(this, { doc, name, received: [], closes: [], opens: 0, sent: [] });
    class RecordingSocket extends WebSocket {
      constructor(url, protocols) {
        super(url, protocols, { perMessageDeflate: false });
        this.on("open", () => client.opens++);
        this.on("error", () => {});
        this.on("message", (data) => client.record(client.received, new Uint8Array(data)));
        this.on("close", (code) => client.closes.push(code));
      }
      send(data, ...rest) {
        client.record(client.sent, data);
        return super.send(data, ...rest);
      }
    }
    this.provider = new WebsocketProvider(ticket.url, room.id, doc, {
      params: { ticket: ticket.ticket },
      WebSocketPolyfill: RecordingSocket,
      disableBc: true,
      maxBackoffTime: 300,
      connect,
    });
  }

  record(list, data) {
    const frame = frames.decode(data);
    if (frame.kind === "step2" || frame.kind === "update") list.push(frame.payload);
  }

  get awareness() {
    return this.provider.awareness;
  }

  synced(timeout) {
    return until(() => this.provider.synced, `${this.name} to be synced`, timeout);
  }

  sees(fact, what, timeout) {
    return until(() => fact(this.doc), () => `${this.name} to see ${what}; it has ${JSON.stringify(this.doc.toJSON()).slice(0, 400)}`, timeout);
  }

  destroy() {
    this.provider.destroy();
    this.doc.destroy();
  }
}

/** Whether two documents hold the same: state vectors, deletions and content. */
export function equal(a, b) {
  return Y.equalSnapshots(Y.snapshot(a), Y.snapshot(b));
}

/** Waits until all documents hold the same. */
export function converge(clients, timeout) {
  const [first, ...rest] = clients;
  return until(() => rest.every((c) => equal(first.doc, c.doc)), () => `convergence of ${clients.map((c) => `${c.name ?? "raw"} ${sizes(c.doc)}`).join("; ")}`, timeout);
}

function sizes(doc) {
  return JSON.stringify([...Y.decodeStateVector(Y.encodeStateVector(doc))]);
}
