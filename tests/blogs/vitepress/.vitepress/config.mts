export default { title: "빛", lang: "ko" }
