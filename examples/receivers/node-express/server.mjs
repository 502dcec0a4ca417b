// A webhook endpoint with Express 5 on Node.js 20 or later: POST /webhook.
// cz-hook: head
// Run:     npm install express@5 && node server.mjs
// Signed:  as `chatzuri` signs: HMAC-SHA1 in lowercase hexadecimal, in the header x-chatzuri-signature
// Reads:   CZ_HOOK_SECRET: the signing secret, as for `cz-hook send`
// Refuses: a wrong or missing signature: 400; a method other than POST: 405; more than 2 MB: 413
//          a body that is not a JSON object: 400
// cz-hook: end

// cz-hook: imports
import { createHmac, timingSafeEqual } from 'node:crypto'
// cz-hook: end
import express from 'express'

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

const app = express()
app.disable('x-powered-by')

// The raw bytes for every content type: the signature covers them, not the parsed body.
const rawBody = express.raw({ type: () => true, limit: '2mb', inflate: false })

app.post('/webhook', rawBody, async (req, res) => {
  const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0)
  // The value of a header that the request has exactly once.
  const header = (name) => (req.headersDistinct[name]?.length === 1 ? req.headersDistinct[name][0] : null)
  if (!isGenuine(settings, header, body)) return res.status(400).json({ message: "Signature didn't match" })
  const event = parseEvent(body)
  if (!event) return res.status(400).json({ message: 'Unexpected body' })
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

app.listen(Number(PORT), '127.0.0.1', (error) => {
  if (error) throw error
  console.log(`listening on http://127.0.0.1:${PORT}/webhook`)
})
