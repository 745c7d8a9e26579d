// An address that can lead elsewhere: a TCP relay, as a virtual IP or a DNS name would be.
import { connect, createServer } from "node:net";
import { once } from "node:events";
import { atEnd } from "./children.mjs";

/** Listens on a free port of 127.0.0.1 and passes on to `port`. */
export async function startRelay(port) {
  const relay = new Relay(port);
  relay.server.listen(0, "127.0.0.1");
  await once(relay.server, "listening");
  relay.port = relay.server.address().port;
  atEnd(() => relay.stop());
  return relay;
}

class Relay {
  constructor(target) {
    this.target = target;
    this.sockets = new Set();
    this.server = createServer((inside) => this.pass(inside));
  }

  pass(inside) {
    const outside = connect(this.target, "127.0.0.1");
    for (const [socket, other] of [[inside, outside], [outside, inside]]) {
      this.sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => this.sockets.delete(socket) && other.destroy());
      socket.pipe(other);
    }
  }

  /** Leads elsewhere from now on; what is connected is cut off. */
  to(port) {
    this.target = port;
    for (const socket of this.sockets) socket.destroy();
  }

  stop() {
    this.to(0);
    this.server.close();
  }
}
