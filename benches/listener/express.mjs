// A typical Express handler: it reads the raw body, compares the HMAC in constant time and responds. The first line
// on standard error is the address.

import crypto from 'node:crypto'
import { createRequire } from 'node:module'

const require = createRequire(new URL('../../tests/vendor_sample/package.json', import.meta.url))
const { default: express } = await import(require.resolve('express5'))
const secret = process.env.CZ_HOOK_SECRET

const app = express()
app.post('/', express.raw({ type: 'application/json' }), (req, res) => {
  const expected = crypto.createHmac('sha1', secret).update(req.body).digest()
  const received = Buffer.from(req.headers['x-chatzuri-signature'] ?? '', 'hex')
  if (received.length !== expected.length || !crypto.timingSafeEqual(received, expected)) {
    return res.status(400).json({ message: "Signature didn't match" })
  }
  JSON.parse(req.body)
  res.status(200).json({ status: 'accepted' })
})
const server = app.listen(0, '127.0.0.1', () => console.error(`listening on http://127.0.0.1:${server.address().port}`))
