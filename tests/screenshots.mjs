// The pictures of the documentation: docs/images/{sign-in,rooms,board}.png, from the running program.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch, Window } from "./support/browser.mjs";
import { ROOT, startServer, stopAll } from "./support/server.mjs";
import { until } from "./support/until.mjs";

const folder = join(ROOT, "docs/images");
mkdirSync(folder, { recursive: true });
const [server, browser] = await Promise.all([startServer({ engine: "sqlite", page: join(ROOT, "web/dist") }), launch()]);

// Right of the editor's style panel, which opens while something is selected.
const PLAN = [
  { type: "text", x: 300, y: 170, text: "Launch plan" },
  { type: "rectangle", x: 300, y: 240, width: 200, height: 90, label: { text: "Sketch" } },
  { type: "rectangle", x: 620, y: 240, width: 200, height: 90, label: { text: "Build" } },
  { type: "diamond", x: 940, y: 220, width: 220, height: 130, label: { text: "Ready?" } },
  { type: "arrow", x: 515, y: 285, width: 90, height: 0 },
  { type: "arrow", x: 835, y: 285, width: 90, height: 0 },
  { type: "ellipse", x: 945, y: 460, width: 210, height: 110, label: { text: "Ship" } },
  { type: "arrow", x: 1050, y: 362, width: 0, height: 85 },
];

try {
  const ada = await Window.open(browser, server);
  const picture = (name) => ada.page.screenshot({ path: join(folder, `${name}.png`) });
  await ada.go("/signin");
  await ada.get("signin-form").waitFor();
  await picture("sign-in");
  await ada.signUp("Ada Lovelace");
  for (const name of ["Ideas for autumn", "Retrospective"]) {
    await ada.createRoom(name);
    await ada.go("/rooms");
  }
  const room = await ada.createRoom("Launch plan");
  await ada.go("/rooms");
  await ada.get("room-item").nth(2).waitFor();
  await picture("rooms");
  await ada.go(`/rooms/${room}`);
  await ada.boardOpen();
  const bob = await Window.open(browser, server);
  await bob.accept(await ada.invite("editor"), "Grace Hopper");
  await ada.seesPeople(2);
  await drawPlan(ada);
  await scrawl(bob);
  await bob.page.mouse.move(690, 510, { steps: 5 });
  await until(async () => (await ada.cursors()).length === 1, "the second cursor");
  await Promise.all([ada.saveState("saved"), bob.saveState("saved")]);
  await ada.page.keyboard.press("v");
  await ada.page.mouse.click(1200, 700); // nothing selected: no panel over the drawing
  await picture("board");
  console.log(`wrote ${folder}/{sign-in,rooms,board}.png`);
} finally {
  await browser.close();
  await stopAll(server);
}

/** Real elements, made by the editor's own tools where it offers them. */
async function drawPlan(window) {
  const shapes = { rectangle: "r", diamond: "d", ellipse: "o", arrow: "a" };
  for (const { type, x, y, width, height, text, label } of PLAN) {
    if (type === "text") {
      await window.page.keyboard.press("t");
      await window.page.mouse.click(x, y);
      await window.page.keyboard.type(text);
      await window.page.keyboard.press("Escape");
      continue;
    }
    await window.page.keyboard.press(shapes[type]);
    await window.drag(x, y, x + width, y + height);
    if (label) {
      await window.page.keyboard.press("Enter");
      await window.page.keyboard.type(label.text);
      await window.page.keyboard.press("Escape");
    }
    // The first ends the edit of the label, the second the selection.
    await window.page.keyboard.press("Escape");
    await window.page.keyboard.press("Escape");
  }
}

/** A line by hand. */
async function scrawl({ page }) {
  await page.keyboard.press("p");
  await page.mouse.move(330, 520);
  await page.mouse.down();
  for (let i = 0; i <= 40; i++) await page.mouse.move(330 + i * 8, 520 + Math.sin(i / 3) * 40);
  await page.mouse.up();
  await page.keyboard.press("v");
}
