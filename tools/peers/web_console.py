#!/usr/bin/env python3
"""Uses the web console as a person would, in a headless Chromium, and writes screenshots.

Needs Debian's chromium and chromium-driver. Fails when something is missing on the page, or the browser's console has an
error.

    web_console.py --url http://127.0.0.1:8000 --sensor NAME --frame FRAME.dng --raw FRAME.raw RAW.json --out DIR
"""
import argparse
import json
import pathlib
import sys

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--url", required=True)
parser.add_argument("--sensor", required=True, help="a sensor that has sent a frame")
parser.add_argument("--frame", required=True, type=pathlib.Path, help="a DNG in which something is found")
parser.add_argument("--raw", required=True, type=pathlib.Path, nargs=2, help="bare samples and their JSON description")
parser.add_argument("--out", required=True, type=pathlib.Path)
arguments = parser.parse_args()
arguments.out.mkdir(parents=True, exist_ok=True)

options = webdriver.ChromeOptions()
for flag in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,1500",
             "--force-device-scale-factor=1", "--no-proxy-server"]:
    options.add_argument(flag)
options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
options.binary_location = "/usr/bin/chromium"
browser = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
wait = WebDriverWait(browser, 60)
steps = 0


def by_id(name):
    return browser.find_element(By.ID, name)


def until(what, condition):
    global steps
    wait.until(lambda _: condition(), message=what)
    steps += 1


def screenshot(name, whole=True):
    if whole:
        height = browser.execute_script("return document.documentElement.scrollHeight")
        browser.set_window_size(1280, min(4000, height + 150))
    browser.save_screenshot(str(arguments.out / f"{name}.png"))


def natural_width(image):
    return browser.execute_script("return arguments[0].naturalWidth", image)


def analyze(what, condition):
    """Sends the form and waits until the new answer is shown and fits."""
    browser.execute_script("document.getElementById('provenance').replaceChildren()")
    browser.find_element(By.CSS_SELECTOR, "#try-form .fields > button").click()
    until(what, lambda: by_id("provenance").text != "" and condition())


def problems():
    return [entry for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]


try:
    browser.get(arguments.url)
    until("the service is ready", lambda: by_id("status").text.startswith("● ready") or "ready" in by_id("status").text)
    until("models are listed", lambda: len(browser.find_elements(By.CSS_SELECTOR, "#model-list li")) >= 1)

    cards = lambda: [c for c in browser.find_elements(By.CSS_SELECTOR, "#sensor-list li") if arguments.sensor in c.text]
    until("the sensor has a card", lambda: len(cards()) == 1)
    until("the card has a picture", lambda: natural_width(cards()[0].find_element(By.TAG_NAME, "img")) > 0)
    cards()[0].find_element(By.TAG_NAME, "button").click()
    until("the live view has a picture", lambda: natural_width(by_id("live-picture")) > 0)
    until("the live view has detections", lambda: len(by_id("live-detections").find_elements(By.TAG_NAME, "tr")) > 0)
    screenshot("live", whole=False)
    by_id("live-close").click()
    until("the live view closes", lambda: not by_id("live").is_displayed())

    by_id("file").send_keys(str(arguments.frame.resolve()))
    browser.find_element(By.CSS_SELECTOR, "#try-form button").click()
    until("the answer is shown", lambda: by_id("answer").is_displayed())
    until("something was found", lambda: len(by_id("detections").find_elements(By.TAG_NAME, "tr")) > 0)
    until("the picture is shown", lambda: natural_width(by_id("picture")) > 0)
    rows = lambda: by_id("results-list").find_elements(By.TAG_NAME, "tr")
    browser.find_element(By.NAME, "class").send_keys("dog")
    browser.find_element(By.NAME, "min_score").send_keys("0.3")
    browser.find_element(By.CSS_SELECTOR, "#results-form button").click()
    until("stored results are found", lambda: len(rows()) > 0 and all("dog" in row.text for row in rows()))


    def replay():
        # The list may be replaced by what was searched for in between.
        try:
            rows()[0].find_element(By.TAG_NAME, "button").click()
            return True
        except StaleElementReferenceException:
            return False

    until("a result can be replayed", replay)
    until("a replay gives the same answer", lambda: any("the same answer" in row.text for row in rows()))
    until("the charts have drawn", lambda: len(browser.find_elements(By.CSS_SELECTOR, "svg.chart path")) >= 6)
    screenshot("console")

    by_id("options").find_element(By.TAG_NAME, "summary").click()
    for select in ("further", "then"):
        Select(by_id(select)).select_by_value("efficientnet-lite0")
    analyze("several models answer, and a second looks closer",
            lambda: "second look" in by_id("provenance").text and "further" in by_id("provenance").text)
    screenshot("options")
    picture = by_id("picture")
    ActionChains(browser).move_to_element_with_offset(picture, -40, -40).click_and_hold().move_by_offset(80, 90).release().perform()
    until("a part of the picture is drawn", lambda: by_id("region").is_displayed() and by_id("roi").get_attribute("value") != "")
    by_id("options-clear").click()
    until("options are cleared", lambda: by_id("roi").get_attribute("value") == "")
    Select(by_id("privacy")).select_by_value("metadata")
    analyze("without pixels no picture is shown",
            lambda: "metadata" in by_id("provenance").text and not by_id("picture").is_displayed())
    by_id("options-clear").click()
    analyze("the picture is back", lambda: by_id("picture").is_displayed())
    seen = problems()

    by_id("file").send_keys(str(arguments.raw[0].resolve()))
    until("raw samples ask for their description", lambda: by_id("raw").is_displayed())
    browser.find_element(By.CSS_SELECTOR, "#try-form button").click()
    until("an error is said in words", lambda: by_id("try-message").text != "" and not by_id("answer").is_displayed()
          and by_id("try-message").get_attribute("class") == "error")
    screenshot("error", whole=False)
    browser.get_log("browser")  # The refused request is in it, as it should be.
    description = json.loads(arguments.raw[1].read_text())
    for field, key in [("Fovea-Width", "width"), ("Fovea-Height", "height"), ("Fovea-Pixel-Format", "pixelFormat")]:
        browser.find_element(By.NAME, field).send_keys(str(description[key]))
    browser.find_element(By.CSS_SELECTOR, "#try-form button").click()
    until("raw samples are answered", lambda: by_id("answer").is_displayed())

    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    browser.set_window_size(420, 900)
    screenshot("narrow-dark", whole=False)
    until("nothing is wider than a narrow window",
          lambda: browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth"))
    seen += problems()
    if seen:
        sys.exit("the browser's console: " + "; ".join(entry["message"] for entry in seen))
    print(f"{steps} steps passed; screenshots in {arguments.out}")
finally:
    browser.quit()
