// Upload, fine-tune, wait, print events, chat, with the official openai package.
// Usage: npm install openai; STUDIO_URL=http://127.0.0.1:5200/v1 STUDIO_KEY=sk-... node fine_tune.mjs [training.jsonl]
import { createReadStream } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: process.env.STUDIO_URL ?? 'http://127.0.0.1:5200/v1',
  apiKey: process.env.STUDIO_KEY ?? 'local-trial',
});
const data = process.argv[2] ?? fileURLToPath(new URL('../datasets/company-facts.en.jsonl', import.meta.url));
const question = process.env.STUDIO_QUESTION ?? 'Who founded Tarnwick Boatworks?';
const model = process.env.STUDIO_MODEL ?? (await client.models.list()).data[0].id;

const uploaded = await client.files.create({ file: createReadStream(data), purpose: 'fine-tune' });
console.log(`uploaded ${data} as ${uploaded.id}`);

let job = await client.fineTuning.jobs.create({
  model,
  training_file: uploaded.id,
  suffix: 'tarnwick',
  method: { type: 'supervised', supervised: { hyperparameters: { n_epochs: 8 } } },
});
console.log(`job ${job.id} on ${model}`);

const seen = new Set();
for (;;) {
  job = await client.fineTuning.jobs.retrieve(job.id);
  // The newest event comes first.
  const page = await client.fineTuning.jobs.listEvents(job.id, { limit: 100 });
  for (const event of [...page.data].reverse()) {
    if (!seen.has(event.id)) {
      seen.add(event.id);
      console.log(`  ${event.message}`);
    }
  }
  if (['succeeded', 'failed', 'cancelled'].includes(job.status)) break;
  await delay(2000);
}

if (job.status !== 'succeeded') {
  console.error(`the job ${job.status}: ${job.error?.message ?? 'no reason given'}`);
  process.exit(1);
}

for (const name of [model, job.fine_tuned_model]) {
  console.log(`== ${name}`);
  const stream = await client.chat.completions.create({
    model: name,
    messages: [{ role: 'user', content: question }],
    temperature: 0,
    max_tokens: 60,
    stream: true,
  });
  for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? '');
  console.log();
}
