// A TCP relay that records who spoke when. A round trip is one turn of the client that the server answers: what a call waits for when the server is far away.
import { connect, createServer } from "node:net";
import { once } from "node:events";

/** Stands before the server of `url`: `{url, turns(), forget(), stop()}`. */
export async function startRecorder(url) {
  const target = new URL(url);
  const recorder = new Recorder(target);
  await recorder.listen();
  return recorder;
}

class Recorder {
  constructor(target) {
    Object.assign(this, { target, recorded: [], sockets: new Set() });
  }

  async listen() {
    this.server = createServer((client) => this.relay(client));
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    const url = new URL(this.target);
    url.port = String(this.server.address().port);
    this.url = url.href;
  }

  relay(client) {
    const server = connect({ host: this.target.hostname, port: Number(this.target.port) });
    const state = { connecting: this.target.protocol.startsWith("postgres"), turn: undefined };
    client.on("data", (bytes) => {
      if (!state.turn) {
        state.turn = { connecting: state.connecting, at: performance.now(), sent: "" };
        this.recorded.push(state.turn);
      }
      state.turn.sent += bytes.toString("latin1");
      server.write(bytes);
    });
    server.on("data", (bytes) => {
      if (state.turn) state.turn.ms = performance.now() - state.turn.at;
      // What needs no answer, such as a farewell, is no round trip.
      if (state.turn) state.turn.answered = true;
      state.turn = undefined;
      // ReadyForQuery: `Z`, length 5, a status. Before the first one the connection is being made.
      if (state.connecting && /Z\0\0\0\x05[ITE]/.test(bytes.toString("latin1"))) state.connecting = false;
      client.write(bytes);
    });
    for (const [one, other] of [[client, server], [server, client]]) {
      this.sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => (this.sockets.delete(one), other.destroy()));
    }
  }

  /** The answered turns since the last `forget()`, in order; those that made connections on demand. */
  turns({ connecting = false } = {}) {
    return this.recorded.filter((turn) => turn.answered && turn.connecting === connecting);
  }

  forget() {
    this.recorded = [];
  }

  async stop() {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, "close");
  }
}

/** What a turn says, readable: the words in it. */
export function words(turn) {
  return (turn.sent.match(/[ -~\n]{4,}/g) ?? []).join(" ").replace(/\s+/g, " ");
}
