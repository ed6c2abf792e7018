module.exports = {
  siteMetadata: { title: `개츠비`, author: { name: `닉` }, siteUrl: `https://gatsby.example` },
};
