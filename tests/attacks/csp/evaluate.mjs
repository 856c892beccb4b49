// Findings of Google's CSP Evaluator about the policies on standard input: {name: policy} becomes
// {name: [[severity, directive, value, description], …]}. The lower the severity, the worse.
import { text } from 'node:stream/consumers';
import evaluator from 'csp_evaluator';
import { Version } from 'csp_evaluator/dist/csp.js';
import { CspParser } from 'csp_evaluator/dist/parser.js';

const policies = JSON.parse(await text(process.stdin));
const found = Object.entries(policies).map(([name, policy]) => {
  const findings = new evaluator.CspEvaluator(new CspParser(policy).csp, Version.CSP3).evaluate();
  return [name, findings.map((one) => [one.severity, one.directive, one.value ?? '', one.description])];
});
process.stdout.write(JSON.stringify(Object.fromEntries(found)));
