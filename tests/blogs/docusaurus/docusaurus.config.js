module.exports = { title: "공룡", url: "https://dino.example", baseUrl: "/" };
