// Chromium windows on the running page, found by the test ids that web/README.md lists.
import { chromium } from "playwright-core";
import { until } from "./until.mjs";

const CHROMIUM = process.env.MERIDIAN_TEST_CHROMIUM ?? "/usr/bin/chromium";
const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export function launch() {
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: ARGS });
}

/** One person at one browser: its own storage, one page. What the page complains about is kept in `errors`. */
export class Window {
  static async open(browser, server, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    const window = new Window(server, context, page);
    page.on("pageerror", (error) => window.errors.push(String(error)));
    return window;
  }

  constructor(server, context, page) {
    Object.assign(this, { server, context, page, errors: [] });
  }

  get(id) {
    return this.page.getByTestId(id);
  }

  go(path) {
    return this.page.goto(this.server.url + path);
  }

  /** Fills in the form that is shown, or the one at `path`. */
  async signUp(name, email = `${name.replaceAll(" ", ".")}-${Math.random().toString(36).slice(2)}@example.org`, path = "/signup") {
    if (path) await this.go(path);
    await this.get("signup-form").waitFor();
    await this.get("email").fill(email);
    await this.get("name").fill(name);
    await this.get("password").fill("correct horse battery");
    await this.get("submit").click();
    this.email = email;
  }

  async createRoom(name) {
    await this.get("create-room").first().click();
    await this.get("room-name").fill(name);
    await this.get("room-submit").click();
    await this.boardOpen();
    return new URL(this.page.url()).pathname.split("/").at(-1);
  }

  /** The board is shown and has the room's state. */
  async boardOpen() {
    await this.page.waitForFunction(() => window.__meridian?.excalidrawAPI, undefined, { timeout: 30_000 });
    await this.saveState("saved");
  }

  async invite(role) {
    await this.get("share-button").click();
    await this.get("invite-role").selectOption(role);
    await this.get("invite-create").click();
    const url = await this.get("invite-url").inputValue();
    await this.page.keyboard.press("Escape");
    return url;
  }

  /** Somebody new opens an invitation link, signs up on the way and lands on the board. */
  async accept(url, name) {
    await this.page.goto(url);
    await this.get("switch-form").click();
    await this.signUp(name, undefined, null);
    await this.boardOpen();
  }

  saveState(state) {
    return until(async () => (await this.get("save-state").getAttribute("data-state").catch(() => null)) === state, async () => `save-state ${state}`, 20_000);
  }

  /** Draws a rectangle with the mouse, as a person does. */
  async rectangle(x, y, width = 120, height = 80) {
    await this.page.keyboard.press("Escape");
    await this.page.keyboard.press("r");
    await this.drag(x, y, x + width, y + height);
    await this.page.keyboard.press("Escape");
  }

  async drag(fromX, fromY, toX, toY) {
    const { mouse } = this.page;
    await mouse.move(fromX, fromY);
    await mouse.down();
    await mouse.move((fromX + toX) / 2, (fromY + toY) / 2, { steps: 4 });
    await mouse.move(toX, toY, { steps: 4 });
    await mouse.up();
  }

  /** What the canvas shows, deleted elements left out. */
  shapes() {
    return this.page.evaluate(() =>
      window.__meridian.excalidrawAPI.getSceneElements().map(({ id, type, x, y, width, height }) => ({ id, type, x: Math.round(x), y: Math.round(y), width: Math.round(width), height: Math.round(height) })),
    );
  }

  seesShapes(n) {
    let seen = [];
    return until(async () => (seen = await this.shapes()).length === n && seen, () => `${n} shapes; there are ${JSON.stringify(seen)}`, 15_000);
  }

  people() {
    return this.get("people").getAttribute("data-count").then(Number);
  }

  seesPeople(n) {
    return until(async () => (await this.people()) === n, `${n} people`, 15_000);
  }

  /** Pointers of others that the canvas shows. */
  cursors() {
    return this.page.evaluate(() => [...window.__meridian.excalidrawAPI.getAppState().collaborators.values()].filter((c) => c.pointer && !c.isCurrentUser).map((c) => ({ name: c.username, ...c.pointer })));
  }

  close() {
    return this.context.close();
  }
}
