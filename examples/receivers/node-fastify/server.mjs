// A webhook endpoint with Fastify 5 on Node.js 20 or later: POST /webhook.
// cz-hook: head
// Run:     npm install fastify@5 && node server.mjs
// Signed:  as `chatzuri` signs: HMAC-SHA1 in lowercase hexadecimal, in the header x-chatzuri-signature
// Reads:   CZ_HOOK_SECRET: the signing secret, as for `cz-hook send`
// Refuses: a wrong or missing signature: 400; a method other than POST: 405; more than 2 MB: 413
//          a body that is not a JSON object: 400
// cz-hook: end

// cz-hook: imports
import { createHmac, timingSafeEqual } from 'node:crypto'
// cz-hook: end
import Fastify from 'fastify'

// cz-hook: verify
// The settings from the environment.
function readSettings() {
  const secret = setting('CZ_HOOK_SECRET')
  return { key: Buffer.from(secret) }
}

function setting(name) {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set`)
  return value
}

// Whether the request is signed as `chatzuri` signs: see the top.
function isGenuine({ key }, header, body) {
  const given = header('x-chatzuri-signature')
  if (given === null) return false
  const expected = createHmac('sha1', key).update(body).digest('hex')
  return isEqual(given, expected)
}

// Compares in constant time.
function isEqual(given, expected) {
  const [a, b] = [Buffer.from(given, 'latin1'), Buffer.from(expected, 'latin1')]
  // timingSafeEqual throws when the lengths differ.
  return a.length === b.length && timingSafeEqual(a, b)
}
// cz-hook: end

// cz-hook: parse
// The event; null when the body is not a JSON object.
function parseEvent(body) {
  try {
    const value = JSON.parse(body.toString())
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}
// cz-hook: end

const settings = readSettings()
const { PORT = '3000' } = process.env

const app = Fastify({ bodyLimit: 2 * 1024 * 1024 })

// The raw bytes for every content type: the signature covers them, not the parsed body.
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => done(null, body))

app.all('/webhook', async (request, reply) => {
  if (request.method !== 'POST') {
    return reply.code(405).header('allow', 'POST').send({ message: 'Method Not Allowed' })
  }
  const body = request.body ?? Buffer.alloc(0)
  // The value of a header that the request has exactly once.
  const { headersDistinct } = request.raw
  const header = (name) => (headersDistinct[name]?.length === 1 ? headersDistinct[name][0] : null)
  if (!isGenuine(settings, header, body)) return reply.code(400).send({ message: "Signature didn't match" })
  const event = parseEvent(body)
  if (!event) return reply.code(400).send({ message: 'Unexpected body' })
  // Your work starts here: put `event` into a queue, and ignore events that you do not know.
  return reply.send({ status: 'accepted' })
})

await app.listen({ host: '127.0.0.1', port: Number(PORT) })
console.log(`listening on http://127.0.0.1:${PORT}/webhook`)
