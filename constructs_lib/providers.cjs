// The half of the fast import that runs in node; constructs_lib/providers.py says why.
//
// The index of a prebuilt provider is a line per resource type, `exports.thing = require("./thing");`, and reads them
// all. Here each line becomes a property that reads its file when it is first asked for.
"use strict";

const { registerHooks } = require("node:module"); // since node 22.15; an older one reads everything, as ever

// CDKTF, and its continuation CDK Terrain, whose compiler wraps what is required.
const INDEX = /\/@cdkt[fn]\/provider-[^/]+\/lib\/index\.js$/;
const LINE = /^exports\.(\w+) = (require\("\.\/[\w/-]+"\)|__importStar\(require\("\.\/[\w/-]+"\)\));$/gm;
const LAZY = 'Object.defineProperty(exports, "$1", { enumerable: true, configurable: true, get: () => $2 });';

registerHooks?.({
  load(url, context, nextLoad) {
    const module = nextLoad(url, context);
    if (!INDEX.test(url)) return module;
    const source = String(module.source).replace(LINE, LAZY);
    if (/^exports\.\w+ = .*require/m.test(source) || !/get: \(\) => .*require/.test(source)) {
      throw new Error(`${url} is no index of a prebuilt provider as known here. See constructs_lib/providers.py`);
    }
    return { ...module, source };
  },
});
