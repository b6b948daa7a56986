// Sends a form with a file in it and tells how far it has come, which fetch does not.

const PATIENCE = 180_000;

/**
 * @param {string} address
 * @param {FormData} body
 * @param {(percent: number) => void} progress 100 when all is sent; the server may still be at work then
 * @returns {Promise<XMLHttpRequest>} answered, whatever the status
 */
export function upload(address, body, progress) {
  const request = new XMLHttpRequest();
  return new Promise((resolve, reject) => {
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress(Math.round((event.loaded / event.total) * 100));
    });
    request.upload.addEventListener("load", () => progress(100));
    request.addEventListener("load", () => resolve(request));
    for (const trouble of ["error", "timeout", "abort"]) request.addEventListener(trouble, () => reject(new Error(trouble)));
    request.open("POST", address);
    request.setRequestHeader("Accept", "text/html");
    request.timeout = PATIENCE;
    request.send(body);
  });
}
