// What the host says about itself: the operations of `/v1/openapi.json`, with a validator for every answer.
import addFormats from "ajv-formats";
import Ajv2020 from "ajv/dist/2020.js";

const METHODS = ["get", "post", "put", "patch", "delete"];

export class Description {
  constructor(document) {
    this.document = document;
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats(ajv);
    ajv.addSchema(document, "api");
    this.operations = Object.entries(document.paths).flatMap(([path, item]) =>
      METHODS.filter((method) => item[method]).map((method) => new Operation(ajv, method, path, item[method])),
    );
  }

  /** The operation that a call is for. HEAD is answered like GET. */
  find(method, path) {
    const wanted = method === "HEAD" ? "GET" : method;
    return this.operations.find((o) => o.method === wanted && o.pattern.test(path.split("?")[0]));
  }

  get(id) {
    return this.operations.find((o) => o.id === id);
  }
}

class Operation {
  constructor(ajv, method, path, description) {
    Object.assign(this, { method: method.toUpperCase(), path, description, id: description.operationId });
    const escaped = path.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
    this.pattern = new RegExp(`^${escaped.replace(/\{\w+\}/g, "[^/]+")}$`);
    this.validators = new Map();
    this.compiled = {};
    for (const [status, { content = {} }] of Object.entries(description.responses)) {
      for (const type of Object.keys(content).filter((t) => t.endsWith("json"))) {
        const steps = ["paths", path, method, "responses", status, "content", type, "schema"];
        const pointer = steps.map((s) => s.replaceAll("~", "~0").replaceAll("/", "~1")).map(encodeURIComponent);
        // Compiled when it is needed: all of them take a while.
        this.validators.set(`${status} ${type}`, () => (this.compiled[`${status} ${type}`] ??= ajv.compile({ $ref: `api#/${pointer.join("/")}` })));
      }
    }
  }

  /** What is wrong with an answer, by the description; empty when nothing is. */
  faults({ status, type, bytes, body }, isHead) {
    const response = this.description.responses[status];
    if (!response) return `${status} is not declared`;
    const media = type.split(";")[0];
    if (status >= 400 && !isHead && !this.declares(status, body?.code)) return `${status} ${body?.code} is not declared`;
    if (!response.content) return bytes.length ? "a body where none is declared" : "";
    if (!response.content[media]) return `${media || "no content type"} is not declared for ${status}`;
    const validate = isHead ? undefined : this.validators.get(`${status} ${media}`)?.();
    return !validate || validate(body) ? "" : validate.errors.map((e) => `${e.instancePath} ${e.message}`).join("; ");
  }

  declares(status, code) {
    return this.errors.some(([s, c]) => s === status && c === code);
  }

  /** Declared errors, `[status, code]`: the codes are named in the description of each status. */
  get errors() {
    return Object.entries(this.description.responses)
      .filter(([status]) => status >= 400)
      .flatMap(([status, { description }]) => [...description.matchAll(/`([a-z0-9_]+)`/g)].map(([, code]) => [Number(status), code]));
  }

  /** Whether it is for origin nodes, which have a secret in place of an access token. */
  get isForNodes() {
    return this.description.security.some((scheme) => "nodeSecret" in scheme);
  }

  /** Whether it takes an access token, or a node's secret. */
  get isSignedIn() {
    return this.description.security.length > 0;
  }

  /** Fields of its JSON body; nothing when it takes none. */
  get bodySchema() {
    return this.description.requestBody?.content["application/json"]?.schema;
  }
}
