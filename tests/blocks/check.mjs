#!/usr/bin/env node
// Reads posts, one JSON object a line ({"name", "content", "html": how many wp:html blocks it may have}), and asks an editor's own
// code what it thinks of them. Prints one JSON object for each trouble, and a last line with the counts; ends with 1 if there was any.
//
//   node check.mjs --modules DIR [--wordpress ROOT] < posts.jsonl
//
// DIR holds node_modules; ROOT is an unpacked WordPress whose editor is asked in place of npm's.

import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { ofNpm, ofWordPress } from './editor.mjs';

const { values } = parseArgs({ options: { modules: { type: 'string' }, wordpress: { type: 'string' } } });
const say = (value) => process.stdout.write(JSON.stringify(value) + '\n');
const editor = values.wordpress ? ofWordPress(values.modules, values.wordpress) : ofNpm(values.modules);

/** Every block with those inside of it. */
function* all(blocks) {
  for (const block of blocks) {
    yield block;
    yield* all(block.innerBlocks);
  }
}

const counts = { posts: 0, blocks: 0, kinds: {}, changed: 0, troubles: 0 };
for await (const line of createInterface({ input: process.stdin })) {
  if (!line) continue;
  const post = JSON.parse(line);
  const trouble = (what, block) => {
    counts.troubles++;
    say({ name: post.name, what, block: block?.name, source: (block?.originalContent ?? post.content).slice(0, 600) });
  };
  counts.posts++;
  let parsed;
  try {
    parsed = editor.parse(post.content);
  } catch (error) {
    trouble(`parse: ${error.message}`);
    continue;
  }
  let html = 0, sound = true;
  for (const block of all(parsed)) {
    counts.blocks++;
    counts.kinds[block.name] = (counts.kinds[block.name] ?? 0) + 1;
    if (!block.isValid) {
      sound = false;
      trouble('invalid content', block);
    }
    if (['core/missing', 'core/freeform', 'core/classic'].includes(block.name)) trouble('not a block of core', block);
    html += block.name === 'core/html';
  }
  if (post.html != null && html !== post.html) trouble(`${html} html blocks, expected ${post.html}`);
  // what the editor itself would save
  if (sound && editor.serialize(parsed) !== post.content) {
    counts.changed++;
    if (post.exact) trouble(`saved otherwise: ${editor.serialize(parsed)}`);
  }
}
say(counts);
process.exit(counts.troubles ? 1 : 0);
