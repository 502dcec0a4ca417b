// The sample handler of the Chatzuri API docs (Webhook API Guide), here because what the tool sends has to
// be accepted by it. Verbatim except that the TypeScript annotations and the import of types are left out.

import crypto from 'crypto'

export async function webhookHandler(req, res) {
  if (req.method === 'POST') {
    const { SECRET_KEY } = process.env

    const receivedJson = req.body
    const rawBody = Buffer.from(JSON.stringify(receivedJson))
    const bodySignature = sha1(rawBody, SECRET_KEY)

    if (bodySignature !== req.headers['x-chatzuri-signature']) {
      return res.status(400).json({ message: "Signature didn't match" })
    }

    console.log('Received:', receivedJson)

    res.status(200).json({ status: "accepted" })
  } else {
    res.setHeader('Allow', 'POST')
    res.status(405).end('Method Not Allowed')
  }
}

function sha1(data, secret) {
  return crypto.createHmac('sha1', secret).update(data).digest('hex')
}
