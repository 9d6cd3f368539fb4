import { expect, it } from "vitest";
import { html } from "./html.ts";

it("escapes what is put in, in text and in attributes", () => {
  const evil = `<script>alert("1")</script> & 'so' on`;
  expect(html`<p title="${evil}">${evil}</p>`.text).toBe(
    '<p title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;so&#39; on">&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;so&#39; on</p>',
  );
});

it("takes markup as it is, lists one after the other, and leaves out what is not there", () => {
  const items = ["a<", "b"].map((each) => html`<li>${each}</li>`);
  expect(html`<ul>${items}</ul>${null}${false}${undefined}${0}`.text).toBe("<ul><li>a&lt;</li><li>b</li></ul>0");
});

it("has no control characters but line ends and tabs", () => {
  expect(html`${"a\u0000b\u001bc\nd\te"}`.text).toBe("a\ufffdb\ufffdc\nd\te");
});
