// A webhook endpoint as a Next.js route handler (App Router, Next.js 13.4 or later): POST /webhook, signed in
// x-chatzuri-signature.
// Install: save it as app/webhook/route.js (or route.ts); nothing to install besides Next.js
// Run:     SECRET_KEY=… npx next dev --port 3000

import { createHmac, timingSafeEqual } from 'node:crypto'

export const runtime = 'nodejs'

const MAX_BODY = 2 * 1024 * 1024

export async function POST(request) {
  // Read it here and not at the top of the file: `next build` imports the file, possibly without the secret.
  const { SECRET_KEY } = process.env
  if (!SECRET_KEY) throw new Error('SECRET_KEY is not set')

  // The raw bytes: the signature covers them, not the parsed JSON.
  const body = await readBody(request)
  if (!body) return Response.json({ message: 'Too large' }, { status: 413 })
  if (!isGenuine(request, body, SECRET_KEY)) {
    return Response.json({ message: "Signature didn't match" }, { status: 400 })
  }
  const event = parseObject(body)
  if (!event) return Response.json({ message: 'Not a JSON object' }, { status: 400 })
  // Your work starts here: put `event` into a queue, and ignore events that you do not know.
  return Response.json({ status: 'accepted' })
}

// Next.js itself responds with 405 to methods that are not exported, but without an Allow header.
const notAllowed = () => new Response('Method Not Allowed', { status: 405, headers: { Allow: 'POST' } })
export {
  notAllowed as GET,
  notAllowed as HEAD,
  notAllowed as PUT,
  notAllowed as PATCH,
  notAllowed as DELETE,
  notAllowed as OPTIONS,
}

async function readBody(request) {
  const chunks = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength
    if (size > MAX_BODY) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

// Two signature headers arrive as one value with a comma, which never equals a signature.
function isGenuine(request, body, secret) {
  const given = Buffer.from(request.headers.get('x-chatzuri-signature') ?? '')
  const expected = Buffer.from(createHmac('sha1', secret).update(body).digest('hex'))
  // timingSafeEqual throws when the lengths differ.
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function parseObject(body) {
  try {
    const value = JSON.parse(body.toString())
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}
