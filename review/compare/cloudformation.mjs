// Says what the CDK's own diff says. Standard input holds {stack: {old, new}}: both templates. Standard output gets
// {stack: {impacts}}; what cannot be compared is named on standard error.
import { readFileSync } from 'node:fs';
import { fullDiff } from '@aws-cdk/cloudformation-diff';

const stacks = JSON.parse(readFileSync(0, 'utf8'));

// What happens to each resource, and which of its properties cause it to be replaced.
function impacts(before, after, carried) {
  const found = {};
  fullDiff(before, after).resources.forEachDifference((id, change) => {
    const causes = Object.entries(change.propertyUpdates).filter(([, update]) => /REPLACE/.test(update.changeImpact));
    const properties = Object.fromEntries(causes.map(([name, update]) => [name, update.changeImpact]));
    found[id] = { impact: change.changeImpact, properties, carried };
  });
  return found;
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const answers = {};
for (const [name, { old, new: later }] of Object.entries(stacks)) {
  try {
    answers[name] = { impacts: same(old, later) ? {} : impacts(old, later, false) };
  } catch (error) {
    console.error(`stack ${name}: ${error.message.split('\n')[0]}`);
    process.exit(1);
  }
}

// The CDK's diff follows a replacement to whatever refers to it in the same template. From stack to stack it goes on here.
function mentions(value, ids) {
  if (value === null || typeof value !== 'object') return false;
  const [id] = [value.Ref ?? value['Fn::GetAtt']].flat();
  return ids.has(id) || Object.values(value).some((item) => mentions(item, ids));
}
function marked(value, stack, outputs) {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => marked(item, stack, outputs));
  const { StackName, OutputName } = value['Fn::GetStackOutput'] ?? {};
  if (StackName === stack && outputs.has(OutputName)) return { 'Fn::GetStackOutput': { StackName, OutputName: `${OutputName} (replaced)` } };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, marked(item, stack, outputs)]));
}
const latest = Object.fromEntries(Object.entries(stacks).map(([name, stack]) => [name, stack.new]));
const waiting = Object.keys(stacks);
while (waiting.length) {
  const name = waiting.shift();
  const ids = new Set(Object.entries(answers[name].impacts).flatMap(([id, { impact }]) => (impact === 'WILL_REPLACE' ? [id] : [])));
  const outputs = Object.entries(stacks[name].new.Outputs ?? {}).flatMap(([output, { Value }]) => (mentions(Value, ids) ? [output] : []));
  if (!outputs.length) continue;
  for (const other of Object.keys(stacks)) {
    const followed = marked(latest[other], name, new Set(outputs));
    if (same(followed, latest[other])) continue;
    latest[other] = followed;
    answers[other].impacts = { ...impacts(stacks[other].old, followed, true), ...answers[other].impacts };
    waiting.push(other);
  }
}
process.stdout.write(JSON.stringify(answers));
