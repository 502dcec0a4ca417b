// A webhook endpoint with Express 5 on Node.js 20 or later: POST /webhook, signed in x-chatzuri-signature.
// Install: npm install express@5
// Run:     SECRET_KEY=… PORT=3000 node server.mjs

import { createHmac, timingSafeEqual } from 'node:crypto'
import express from 'express'

const { SECRET_KEY, PORT = '3000' } = process.env
if (!SECRET_KEY) throw new Error('SECRET_KEY is not set')

// Whether the request has exactly one signature header, with the signature of these bytes.
function isGenuine(req, body) {
  const given = req.headersDistinct['x-chatzuri-signature'] ?? []
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

const app = express()
app.disable('x-powered-by')

// The raw bytes for every content type: the signature covers them, not the parsed JSON.
const rawBody = express.raw({ type: () => true, limit: '2mb', inflate: false })

app.post('/webhook', rawBody, (req, res) => {
  const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0)
  if (!isGenuine(req, body)) return res.status(400).json({ message: "Signature didn't match" })
  const event = parseObject(body)
  if (!event) return res.status(400).json({ message: 'Not a JSON object' })
  // Your work starts here: put `event` into a queue, and ignore events that you do not know.
  res.json({ status: 'accepted' })
})

app.all('/webhook', (req, res) => {
  res.set('Allow', 'POST').status(405).json({ message: 'Method Not Allowed' })
})

// A body that is too large or incomplete. Without this handler, Express would respond with a stack trace.
app.use((error, req, res, next) => {
  if (res.headersSent) return next(error)
  res.status(error.status ?? 500).json({ message: error.expose ? error.message : 'Internal Server Error' })
})

app.listen(Number(PORT), '127.0.0.1')
