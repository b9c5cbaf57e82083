// Says what the CDK's own diff says. Standard input holds {stack: {old, new, before, after}}: both templates as they are, and
// both as people read them. Standard output gets {stack: {impacts, permissions}}.
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

const plain = ({ effect, resources, principals, actions, condition }) => ({ effect, resources, principals, actions, condition });

// What one resource newly allows or lets in: the changes of a whole template do not say who makes them. A permission that
// only went from one resource to another is no new one.
function permissions(before, after) {
  const found = {};
  const whole = fullDiff(before, after);
  const isNew = (statement) => whole.iamChanges.statements.additions.some((other) => other.equal(statement));
  const only = (template, id) => ({ Resources: template.Resources?.[id] ? { [id]: template.Resources[id] } : {} });
  whole.resources.forEachDifference((id) => {
    const { iamChanges, securityGroupChanges } = fullDiff(only(before, id), only(after, id));
    found[id] = {
      allowed: iamChanges.statements.additions.filter((s) => !s.isNegativeStatement && isNew(s)).map(plain),
      undenied: iamChanges.statements.removals.filter((s) => s.isNegativeStatement).map(plain),
      policies: iamChanges.managedPolicies.additions.map(({ identityArn, managedPolicyArn }) => [identityArn, managedPolicyArn]),
      doors: securityGroupChanges.ingress.additions.map((rule) => rule.toJson()),
    };
  });
  return found;
}

const answers = {};
for (const [name, { old, new: later, before, after }] of Object.entries(stacks)) {
  answers[name] = { impacts: impacts(old, later, false), permissions: permissions(before, after) };
}

// The CDK's diff follows a replacement to whatever refers to it in the same template. From stack to stack it goes on here.
const texts = Object.fromEntries(Object.entries(stacks).map(([name, stack]) => [name, JSON.stringify(stack.new)]));
function marked(name) {
  const gone = Object.keys(answers[name].impacts).filter((id) => answers[name].impacts[id].impact === 'WILL_REPLACE');
  const touched = new Set();
  for (const [output, { Value: value }] of Object.entries(stacks[name].new.Outputs ?? {})) {
    const mentioned = JSON.stringify(value) ?? '';
    if (!gone.some((id) => mentioned.includes(`{"Ref":"${id}"}`) || mentioned.includes(`{"Fn::GetAtt":["${id}"`))) continue;
    for (const other of Object.keys(texts)) {
      const text = texts[other].replaceAll(`"OutputName":"${output}"`, `"OutputName":"${output} (replaced)"`);
      if (text !== texts[other]) touched.add(other);
      texts[other] = text;
    }
  }
  return touched;
}
const open = new Set(Object.keys(stacks));
for (const name of open) {
  for (const other of marked(name)) {
    const further = impacts(stacks[other].old, JSON.parse(texts[other]), true);
    answers[other].impacts = { ...further, ...answers[other].impacts };
    open.delete(other);
    open.add(other);
  }
}
process.stdout.write(JSON.stringify(answers));
