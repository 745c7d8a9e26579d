// The table of docs/operations.md, which says what each route answers when something is away.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/server.mjs";

const cells = (line) => line.split("|").slice(1, -1).map((cell) => cell.trim());

/** `{columns, rows: Map(operation → {column: "503 unavailable"})}`; an operation is `GET /v1/me`. */
export function documented() {
  const lines = readFileSync(join(ROOT, "docs/operations.md"), "utf8").split("\n");
  const start = lines.findIndex((line) => line.startsWith("| route |"));
  const [, ...columns] = cells(lines[start]);
  const rows = new Map();
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith("|")) break;
    const [route, ...answers] = cells(line);
    rows.set(route.replaceAll("`", ""), Object.fromEntries(columns.map((column, i) => [column, answers[i].replaceAll("`", "")])));
  }
  return { columns, rows };
}

/** The same table, from what was seen. */
export function render(columns, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const body = [...rows].map(([route, answers]) => line([`\`${route}\``, ...columns.map((column) => answers[column] ?? "?")]));
  return [line(["route", ...columns]), line(["route", ...columns].map(() => "---")), ...body].join("\n");
}
