// The frame of the JavaScript cases: test(name, body) runs the bodies one after the other and prints one
// JSON line for each, {name, problem}. The runner gives server, keys and region in the environment.
const cases = [];

export const region = process.env.AWS_REGION;
export const account = process.env.HANEUL_ACCOUNT;
export const endpoint = process.env.AWS_ENDPOINT_URL;

export const options = {
  endpoint,
  region,
  maxAttempts: 1,
  credentials: {
    accessKeyId: process.env.AWS_ACCESS_KEY_ID,
    secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
  },
};

export function test(name, body) {
  cases.push({ name, body });
}

export async function run() {
  for (const { name, body } of cases) {
    let problem = null;
    try {
      await body();
    } catch (error) {
      problem = error.stack ?? String(error);
    }
    process.stdout.write(`${JSON.stringify({ name, problem })}\n`);
  }
}
