fetch("http://localhost:3000/hook", {
  "headers": {
    "content-type": "application/json",
    "x-chatzuri-signature": "8cb4"
  },
  "body": "{\"a\":1}",
  "method": "POST"
});
