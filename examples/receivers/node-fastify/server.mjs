// A webhook endpoint with Fastify 5 on Node.js 20 or later: POST /webhook, signed in x-chatzuri-signature.
// Install: npm install fastify@5
// Run:     SECRET_KEY=… PORT=3000 node server.mjs

import { createHmac, timingSafeEqual } from 'node:crypto'
import Fastify from 'fastify'

const { SECRET_KEY, PORT = '3000' } = process.env
if (!SECRET_KEY) throw new Error('SECRET_KEY is not set')

// Whether the request has exactly one signature header, with the signature of these bytes.
function isGenuine(request, body) {
  const given = request.raw.headersDistinct['x-chatzuri-signature'] ?? []
  if (given.length !== 1) return false
  const expected = createHmac('sha1', SECRET_KEY).update(body).digest('hex')
  const [a, b] = [Buffer.from(given[0]), Buffer.from(expected)]
  // timingSafeEqual throws when the lengths differ.
  return a.length === b.length && timingSafeEqual(a, b)
}

function parseObject(body) {
  try {
    const value = JSON.parse(body.toString())
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}

const app = Fastify({ bodyLimit: 2 * 1024 * 1024 })

// The raw bytes for every content type: the signature covers them, not the parsed JSON.
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => done(null, body))

app.all('/webhook', (request, reply) => {
  if (request.method !== 'POST') {
    return reply.code(405).header('allow', 'POST').send({ message: 'Method Not Allowed' })
  }
  const body = request.body ?? Buffer.alloc(0)
  if (!isGenuine(request, body)) return reply.code(400).send({ message: "Signature didn't match" })
  const event = parseObject(body)
  if (!event) return reply.code(400).send({ message: 'Not a JSON object' })
  // Your work starts here: put `event` into a queue, and ignore events that you do not know.
  return reply.send({ status: 'accepted' })
})

await app.listen({ host: '127.0.0.1', port: Number(PORT) })
