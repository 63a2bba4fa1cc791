import "reflect-metadata";
import { python } from "@interloop/node";
import { Controller, Get, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { check, prepare } from "./data.js";

const { find, session } = prepare(python);

@Controller()
class Items {
  @Get("find")
  find() {
    return find("tea");
  }

  @Get("session")
  session() {
    return session();
  }
}

@Module({ controllers: [Items] })
class App {}

const app = await NestFactory.create(App, { logger: false });
await app.listen(0);
await check("nest", async (path) => fetch(`${await app.getUrl()}${path}`.replace("[::1]", "localhost")));
await app.close();
