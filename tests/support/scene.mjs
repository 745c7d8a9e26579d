// A room with people in it, and their clients, closed together.
import { Person } from "./api.mjs";
import { atEnd } from "./children.mjs";
import { RawClient } from "./raw.mjs";
import { YjsClient } from "./yjs.mjs";

export class Scene {
  /** `people`: roles by name, such as `{ada: "owner", bob: "editor", eve: "viewer"}`. The owner comes first. */
  static async set(server, people = { ada: "owner", bob: "editor" }, roomOptions = {}) {
    const scene = new Scene(server);
    for (const [name, role] of Object.entries(people)) {
      const person = await Person.signUp(server, name);
      scene.people[name] = person;
      if (role === "owner") {
        scene.owner = person;
        scene.room = await person.createRoom("Board", roomOptions);
      } else {
        await scene.owner.bring(person, scene.room, role);
      }
    }
    return scene;
  }

  constructor(server) {
    Object.assign(this, { server, people: {}, clients: [] });
    // Stock clients reconnect for ever: a failed test must not leave them behind.
    atEnd(() => this.leave());
  }

  /** A raw client of a person, with the room's state. */
  async raw(name, options) {
    const client = await RawClient.join(this.room, await this.people[name].ticket(this.room), options);
    client.name = name;
    this.clients.push(client);
    return client;
  }

  /** A raw client that may be refused: resolves as soon as the socket is open. */
  async knock(name, options) {
    const client = await RawClient.open(this.room, await this.people[name].ticket(this.room), options);
    this.clients.push(client);
    return client;
  }

  /** A stock Yjs client of a person, able to reconnect. */
  async yjs(name, options = {}) {
    const ticket = await this.people[name].ticket(this.room, { reusable: true });
    const client = new YjsClient(this.room, ticket, { name, ...options });
    this.clients.push(client);
    if (options.connect !== false) await client.synced();
    return client;
  }

  /** What a newcomer is given. */
  async document(name = Object.keys(this.people)[0]) {
    const client = await this.raw(name);
    await client.close();
    return client.doc;
  }

  async leave() {
    await Promise.all(this.clients.splice(0).map((c) => (c instanceof YjsClient ? c.destroy() : c.close())));
  }
}
