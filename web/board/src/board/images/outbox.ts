/** Images that the server has not got yet. They outlive the tab, because they exist nowhere else. */
export interface Outbox {
  put(id: string, image: Blob): Promise<void>;
  get(id: string): Promise<Blob | undefined>;
  delete(id: string): Promise<void>;
}

const STORE = 'images';

/** Keeps images in IndexedDB, and in memory as well in case the browser does not allow that. */
export class BrowserOutbox implements Outbox {
  readonly #memory = new Map<string, Blob>();
  readonly #database: Promise<IDBDatabase | null>;

  constructor(name: string) {
    this.#database = open(name).catch(() => null);
  }

  async put(id: string, image: Blob): Promise<void> {
    this.#memory.set(id, image);
    await this.#run('readwrite', (store) => store.put(image, id));
  }

  async get(id: string): Promise<Blob | undefined> {
    return this.#memory.get(id) ?? (await this.#run('readonly', (store) => store.get(id) as IDBRequest<Blob | undefined>));
  }

  async delete(id: string): Promise<void> {
    this.#memory.delete(id);
    await this.#run('readwrite', (store) => store.delete(id));
  }

  async close(): Promise<void> {
    (await this.#database)?.close();
  }

  async #run<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> {
    const database = await this.#database;
    if (!database) return undefined;
    return finished(work(database.transaction(STORE, mode).objectStore(STORE))).catch(() => undefined);
  }
}

function open(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return finished(request);
}

function finished<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('storage failed'));
  });
}
