// The Next.js sample handler of the Chatbase API docs (Webhook API Guide), here because it hashes the bytes
// that came, as Chatzuri's does not. Next.js gives an API route the same `req` and `res.status()` as Express.
// The logic is verbatim. The TypeScript annotations and the comment with an example body are left out, and
// what the page lost is repaired: `rawBody` was never defined although `getRawBody` is imported for it, and
// the handler was not exported.

import crypto from 'crypto'
import getRawBody from 'raw-body'

// Raw body is required.
export const config = {
  api: {
    bodyParser: false,
  },
}

export default async function webhookHandler(req, res) {
  if (req.method === 'POST') {
    const {SECRET_KEY} = process.env

    const rawBody = await getRawBody(req) // repaired

    const requestBodySignature = sha1(rawBody, SECRET_KEY)

    if (requestBodySignature !== req.headers['x-chatbase-signature']) {
      return res.status(400).json({message: "Signature didn't match"})
    }

    const receivedJson = await JSON.parse(rawBody.toString())

    console.log('Received:', receivedJson)

    res.status(200).end('OK')
  } else {
    res.setHeader('Allow', 'POST')
    res.status(405).end('Method Not Allowed')
  }
}

function sha1(data, secret) {
  return crypto.createHmac('sha1', secret).update(data).digest('hex')
}
